// The control page: shows the state every second and sends what a person switches.
const byId = (id) => document.getElementById(id);
const period = 1000;
const nanoseconds = 1e9;

function h(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

async function send(method, path, body) {
  const response = await fetch(`/_sim/${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
  byId('trouble').textContent = response.ok ? '' : (await response.json()).message;
  await show();
}

function table(heads, rows) {
  if (rows.length === 0) return h('p', { className: 'empty' }, 'Nothing yet.');
  return h('table', {}, h('thead', {}, h('tr', {}, heads.map((text) => h('th', {}, text)))),
    h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((cell) => h('td', {}, cell ?? ''))))));
}

const time = (at) => new Date(at).toLocaleTimeString();
const acceptButton = (email) => h('button', { type: 'button', onclick: () => send('POST', 'accept', { email }) }, 'Accept');
const personButton = (text, path, email) => h('button', { type: 'button', onclick: () => send('POST', path, { email }) }, text);
const personActs = (person) => [
  person.number ? personButton(`Approve ${person.number} on the phone`, 'push/approve', person.email) : null,
  person.checked ? personButton('Pass the security check', 'security-checks/clear', person.email) : null,
  person.locked ? personButton('Unlock', 'unlock', person.email) : null,
];
const isPending = (state, mail) => (state.workspaces || []).some((workspace) => workspace.id === mail.workspace &&
  (workspace.invitations || []).some((invitation) => invitation.email === mail.to));

const hasAccess = (workspace) => workspace.groups || workspace.budgets || workspace.defaultLimit !== undefined || (workspace.spenders || []).some((each) => each.used > 0 || each.own !== undefined);
const listed = (...lists) => lists.flatMap((list) => list || []).filter((text) => text !== '').join(', ');

/** The groups, budgets and limits of a workspace. People whom nothing is told of are left out. */
function accessTables(workspace) {
  const spenders = (workspace.spenders || []).filter((each) => each.used > 0 || each.own !== undefined);
  return [
    h('h3', {}, `${workspace.name} (${workspace.id})`),
    table(['Group', 'Description', 'Members'], (workspace.groups || []).map((group) => [group.name, group.description, listed(group.members)])),
    table(['Budget', 'Used', 'Limit', 'Access', 'Workbooks'], (workspace.budgets || []).map((budget) => [
      budget.name, String(budget.used), String(budget.creditLimit), budget.everyone ? 'everyone' : listed(budget.groups, budget.users), String(budget.workbooks)])),
    table(['Spender', 'Used', 'Limit', ''], [
      ['everybody else', '', String(workspace.defaultLimit ?? 'none'), ''],
      ...spenders.map((each) => [each.email, String(each.used), String(each.limit ?? 'none'), each.own === undefined ? '' : 'own'])]),
  ];
}

let shown = '';

async function show() {
  const text = await (await fetch('/_sim/state')).text();
  if (text === shown) return;
  shown = text;
  const state = JSON.parse(text);
  const kinds = byId('fault').elements.kind;
  if (kinds.length === 0) kinds.append(...state.kinds.map((kind) => h('option', {}, kind)));
  byId('version').textContent = state.variant.version;
  byId('app').href = `${state.appUrl}/login`;
  if (document.activeElement !== byId('variant')) {
    byId('variant').replaceChildren(...state.variants.map((name) => h('option', { value: name, selected: name === state.variant.name }, name)));
  }
  byId('members').replaceChildren(...(state.workspaces || []).flatMap((workspace) => [
    h('h3', {}, `${workspace.name} (${workspace.id}, ${workspace.plan})`),
    table(['E-mail', 'Name', 'Role', ''], [
      ...(workspace.members || []).map((member) => [member.email, member.name, member.role, '']),
      ...(workspace.invitations || []).map((invitation) => [invitation.email, '', invitation.role, 'pending']),
    ])]));
  byId('access').replaceChildren(...(state.workspaces || []).filter(hasAccess).flatMap(accessTables));
  byId('outbox').replaceChildren(table(['Time', 'To', 'What', ''], newestFirst(state.outbox).map((mail) => [
    time(mail.at), mail.to, mail.kind === 'code' ? `code ${mail.code}` : h('a', { href: mail.link, target: '_blank' }, `invitation, ${mail.role}`),
    mail.kind === 'invitation' && isPending(state, mail) ? acceptButton(mail.to) : null])));
  byId('people').replaceChildren(table(['E-mail', 'Signs in by', 'Code now', ''], (state.people || []).map((person) => [
    person.email, person.provider || person.signIn, person.code, h('span', {}, personActs(person))])));
  byId('log-ins').replaceChildren(table(['Time', 'E-mail', 'Method', 'Step', ''], newestFirst(state.logIns).map((step) => [
    time(step.at), step.email, step.provider || step.method, step.step, step.refused && h('span', { className: 'refused' }, step.refused)])));
  byId('journal').replaceChildren(table(['Time', 'Verb', 'Actor', 'Target', 'Role or value', ''], newestFirst(state.journal).map((entry) => [
    time(entry.at), entry.verb, entry.actor, listed(entry.target, entry.group, entry.budget), entry.role ?? (entry.limit === undefined ? entry.description : String(entry.limit)),
    entry.refused ? h('span', { className: 'refused' }, entry.refused) : entry.transferredTo && `transferred to ${entry.transferredTo}`])));
  byId('faults').replaceChildren(table(['Kind', 'Route', 'Happened', ''], state.faults.map((fault) => [
    fault.kind, fault.route, `${fault.happened}${fault.times ? ` of ${fault.times}` : ''}`,
    h('button', { type: 'button', onclick: () => send('DELETE', `faults/${fault.id}`) }, 'Switch off')])));
  const { documents, api, dialogs, invitationsSubmitted } = state.counters;
  const counts = [...Object.entries(documents), ...Object.entries(api), ...Object.entries(dialogs).map(([name, n]) => [`dialog ${name}`, n]), ['invitation dialogs sent', invitationsSubmitted]];
  byId('counters').replaceChildren(table(['What', 'Times'], counts.map(([what, n]) => [what, String(n)])));
}

const newestFirst = (list) => [...(list || [])].reverse();

byId('fault').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = event.target.elements;
  const number = Number(field.number.value);
  send('POST', 'faults', {
    kind: field.kind.value, route: field.route.value.trim(), times: Number(field.times.value), status: Number(field.status.value),
    delay: Number(field.delay.value) * nanoseconds, retryAfter: Number(field.retryAfter.value) * nanoseconds,
    keep: number, reads: number, label: field.label.value, text: field.text.value, email: field.email.value.trim(), silent: field.silent.checked,
  });
});
byId('spend').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = event.target.elements;
  const number = Number(field.number.value);
  send('POST', event.submitter.value, {
    workspace: Number(field.workspace.value), email: field.email.value.trim(), budget: field.budget.value, credits: number, workbooks: number,
  });
});
byId('clear').addEventListener('click', () => send('DELETE', 'faults'));
byId('reset').addEventListener('click', () => send('POST', 'counters/reset'));
byId('sign-out').addEventListener('click', () => send('POST', 'sessions/end'));
byId('build').addEventListener('click', () => send('POST', 'version', { version: `v${new Date().toISOString().replace(/[-:]|\..*/g, '').replace('T', '_')}Z_0000000001` }));
byId('variant').addEventListener('change', (event) => send('POST', 'variant', { name: event.target.value }));

async function refresh() {
  await show().catch(() => { byId('trouble').textContent = 'The simulator does not answer.'; });
  setTimeout(refresh, period);
}
refresh();
