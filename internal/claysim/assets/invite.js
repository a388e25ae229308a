// The invitation dialog.
import { config, label, offeredRoles, roleLabel, t } from './config.js';
import * as api from './api.js';
import { h, icon, dropdown, newId, openDialog, openMenu, toast } from './ui.js';
import { groupsKind, namedThing, picker } from './picker.js';

// What a dialog held that was left, where the variant keeps it.
let left = [];

const looksLikeAddress = (text) => /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/.test(text);

export function openInviteDialog(workspace, reload) {
  const roles = offeredRoles(workspace);
  const access = workspace.featureFlags.groups ? accessFields(workspace) : { elements: [], values: () => ({}) };
  let roleId = config.roleIds.Editor;
  const error = h('p', { class: 'error', role: 'alert', id: newId('error') });
  const submit = h('button', { type: 'button', class: 'button primary', onclick: () => send() }, label('submit'));
  const emails = config.variant.singleAddress ? singleField(error, refresh, () => submit.click()) : chipField(error, refresh);
  const roleBox = h('div', { class: 'role-box' });
  const close = openDialog({
    title: label('inviteTitle'), name: 'invite',
    body: [emails.element, error, h('div', { class: 'field' }, h('span', { class: 'label' }, t('Role')), roleBox),
      ...access.elements],
    footer: [h('button', { type: 'button', class: 'button', onclick: () => close() }, label('cancel')), submit],
  });
  drawRole();
  refresh();
  api.tellDialog('invite');

  function refresh() {
    submit.disabled = !emails.ready();
  }

  function drawRole() {
    const choose = (id) => { roleId = id; drawRole(); roleBox.firstElementChild.focus(); };
    const items = () => roles.map((id) => ({ text: roleLabel(id), selected: id === roleId, act: () => choose(id) }));
    if (config.variant.nativeSelect) {
      roleBox.replaceChildren(h('select', { 'aria-label': t('Role'), onchange: (event) => choose(Number(event.currentTarget.value)) },
        roles.map((id) => h('option', { value: String(id), selected: id === roleId }, roleLabel(id)))));
    } else {
      roleBox.replaceChildren(config.variant.roleField ? comboField(t('Role'), roleLabel(roleId), items) : dropdown({ text: roleLabel(roleId), items }));
    }
  }

  async function send() {
    error.textContent = emails.problem();
    if (error.textContent) return;
    submit.disabled = true;
    try {
      left = [];
      const { sent, refused } = await api.post(`/v3/workspaces/${workspace.id}/invitations`, { emails: emails.values(), roleId, ...access.values() });
      if (sent.length > 0) toast(sent.length === 1 ? t('Invitation sent to {email}', { email: sent[0] }) : t('{count} invitations sent', { count: sent.length }));
      if (refused?.length > 0 && config.variant.refusalToast) {
        close();
        toast(sentence(t('Some people could not be invited'), refused), true);
      } else if (refused?.length > 0) {
        emails.keep(refused.map((each) => each.email));
        error.textContent = sentence(t('Some people could not be invited'), refused);
      } else {
        close();
      }
      await reload();
    } catch (refusal) {
      if (config.variant.refusalToast) {
        close();
        if (refusal.type !== 'Unauthorized') toast(sentence(refusal.message, refusal.refused || []), true);
        return;
      }
      error.textContent = sentence(refusal.message, refusal.refused || []);
      emails.mark((refusal.refused || []).map((each) => each.email));
    }
    refresh();
  }
}

const sentence = (message, refused) =>
  refused.length === 0 ? message : `${message}: ${refused.map((each) => `${each.email} ${each.reason}`).join(', ')}.`;

/** A field that shows a choice and opens the list of the others. */
function comboField(name, text, items) {
  return h('input', {
    type: 'text', role: 'combobox', 'aria-label': name, 'aria-haspopup': 'listbox', 'aria-expanded': 'false', readonly: true, value: text,
    onclick: (event) => openMenu(event.currentTarget, items(), { role: 'listbox', name }),
  });
}

/** What plans with groups offer besides: groups, and budgets that they fill in. */
function accessFields(workspace) {
  const path = `/v3/workspaces/${workspace.id}`;
  const groupKind = groupsKind([]);
  const budgetKind = { name: label('budgets'), things: [] };
  let budgets = [];
  let loading = null;
  // One answer for both fields, as late as one of them opens.
  const load = () => {
    loading ||= Promise.all([api.get(`${path}/groups`), api.get(`${path}/budgets`)]).then(([listed, known]) => {
      budgets = known.budgets;
      groupKind.things = listed.groups.map(namedThing);
      budgetKind.things = budgets.map(namedThing);
    }).catch((refusal) => { loading = null; throw refusal; });
    return loading;
  };
  const groupField = picker({ name: label('inviteGroups'), kinds: [groupKind], load, changed: fillIn });
  const budgetField = picker({ name: label('inviteBudgets'), kinds: [budgetKind], load });
  let before = [];

  function fillIn() {
    const fresh = groupField.ids().filter((id) => !before.includes(id));
    before = groupField.ids();
    budgetField.add(budgets.filter((budget) => budget.groupIds.some((id) => fresh.includes(id))).map((budget) => budget.id));
  }

  return { elements: [groupField.element, budgetField.element], values: () => ({ groupIds: groupField.ids(), budgetIds: budgetField.ids() }) };
}

/** The older field: one plain address. */
function singleField(error, changed, submit) {
  const id = newId('email');
  const input = h('input', { id, type: 'email', 'data-autofocus': true, placeholder: 'name@company.com', 'aria-describedby': error.id, oninput: changed, onkeydown: (event) => event.key === 'Enter' && submit() });
  return {
    element: h('div', { class: 'field' }, h('label', { for: id }, label('emails')), input),
    ready: () => input.value.trim() !== '',
    problem: () => (looksLikeAddress(input.value.trim()) ? '' : t('{emails} is not a valid email address', { emails: input.value.trim() })),
    values: () => [input.value.trim()],
    keep() {},
    mark() {},
  };
}

/** A field in which Enter or a comma turns what was typed into a chip. */
function chipField(error, changed) {
  const id = newId('email');
  let chips = config.variant.keepsAddresses ? left : [];
  const list = h('ul', { class: 'chips', 'aria-label': t('People to invite') });
  const input = h('input', { id, type: 'text', 'data-autofocus': true, autocomplete: 'off', placeholder: 'name@company.com', 'aria-describedby': error.id, onkeydown: keys, onpaste: paste, oninput: typed });
  const box = h('div', { class: 'chip-box', onclick: (event) => event.target === box && input.focus() }, list, input);

  function add(text) {
    const address = text.trim();
    if (address === '') return;
    if (!chips.some((chip) => chip.address.toLowerCase() === address.toLowerCase())) chips.push({ address, bad: !looksLikeAddress(address) });
    draw();
  }

  function keys(event) {
    if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault();
      add(input.value);
      input.value = '';
    } else if (event.key === 'Backspace' && input.value === '' && chips.length > 0) {
      chips.pop();
      draw();
    }
  }

  // A comma that comes without a key press: input methods, scripted typing.
  function typed() {
    if (!input.value.includes(',')) return;
    const parts = input.value.split(',');
    input.value = parts.pop();
    parts.forEach(add);
  }

  function paste(event) {
    const text = event.clipboardData.getData('text');
    if (!/[\s,;]/.test(text.trim())) return;
    event.preventDefault();
    text.split(/[\s,;]+/).forEach(add);
  }

  function show() {
    left = chips;
    list.replaceChildren(...chips.map((chip) => h('li', { class: chip.bad ? 'chip bad' : 'chip' }, h('span', {}, chip.address),
      h('button', { type: 'button', 'aria-label': t('Remove {name}', { name: chip.address }), onclick: () => { chips = chips.filter((each) => each !== chip); draw(); input.focus(); } }, icon('close')))));
  }

  function draw() {
    show();
    error.textContent = problem(false);
    changed();
  }

  function problem(sending) {
    const bad = chips.filter((chip) => !looksLikeAddress(chip.address)).map((chip) => chip.address);
    if (bad.length > 0) return t(bad.length === 1 ? '{emails} is not a valid email address' : '{emails} are not valid email addresses', { emails: bad.join(', ') });
    return sending && input.value.trim() !== '' ? t('Press Enter to add the address') : '';
  }

  show();
  return {
    element: h('div', { class: 'field' }, h('label', { for: id }, label('emails')), box,
      h('p', { class: 'muted small' }, t('Press Enter or comma after each address.'))),
    ready: () => chips.length > 0 && problem(false) === '',
    problem: () => problem(true),
    values: () => chips.map((chip) => chip.address),
    keep(addresses) {
      chips = chips.filter((chip) => addresses.includes(chip.address)).map((chip) => ({ ...chip, bad: true }));
      draw();
    },
    mark(addresses) {
      const text = error.textContent;
      chips = chips.map((chip) => ({ ...chip, bad: chip.bad || addresses.includes(chip.address) }));
      draw();
      error.textContent = text;
    },
  };
}
