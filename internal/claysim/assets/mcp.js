// The page of what each member may spend through MCP in a month.
import { config, credits, label, t } from './config.js';
import * as api from './api.js';
import { h, icon, newId } from './ui.js';
import { cell, virtualTable } from './virtual.js';
import { field, loader, numberIn, openForm, write } from './form.js';

export function mcpPage(workspace) {
  const base = `/v3/workspaces/${workspace.id}/mcp`;
  let all = { users: [], total: 0, defaultLimit: null };
  const table = virtualTable({
    name: label('mcp'), look: 'mcp',
    heads: [label('columnName'), label('columnPlatforms'), label('columnCreditLimit'), label('columnCreditsUsed'), label('columnSalesforceId')],
    cells: (shown) => [
      cell({ class: 'who' }, h('div', { class: 'name' }, shown.person.fullName), shown.person.fullName === shown.person.email ? null : h('div', { class: 'muted small' }, shown.person.email)),
      cell({ class: 'cut' }, shown.person.platforms.join(', ')),
      limitCell(shown),
      cell({}, `${credits(shown.person.creditsUsed)} / ${limitText(shown.person.creditLimit)}`),
      cell({ class: 'cut' }, shown.person.salesforceId),
    ],
  });
  const search = searchField(() => show());
  const show = () => {
    const users = all.users.filter(search.fits);
    table.show(users, users.length === all.users.length ? all.total : users.length);
  };
  const { trouble, run } = loader(table, async () => {
    all = await api.get(base);
    show();
  });

  function limitCell(shown) {
    const edit = config.variant.inlineLimit ? () => editInRow(element, shown.person) : () => openLimit(shown.person);
    const element = cell({}, limitText(shown.person.creditLimit), ' ', h('button', {
      type: 'button', class: 'icon-button', 'aria-label': label('editLimit', { email: shown.person.email }), onclick: edit,
    }, icon('pencil')));
    return element;
  }

  const saveLimit = (person, limit) => async () => {
    await api.patch(`${base}/users/${person.id}`, { creditLimit: limit.number() });
    return t('Limit of {name} saved', { name: person.fullName });
  };

  /** Edits the limit where it stands. The list is drawn anew whatever the answer is. */
  function editInRow(element, person) {
    const limit = limitField(person.creditLimit, { 'aria-label': label('creditLimit') });
    const save = () => write(saveLimit(person, limit), run);
    limit.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') save();
      else if (event.key === 'Escape') show();
    });
    element.replaceChildren(h('div', { class: 'inline-form' }, limit.input, h('button', { type: 'button', class: 'button', onclick: save }, label('save'))));
    limit.input.focus();
  }

  function openLimit(person) {
    const limit = limitField(person.creditLimit);
    openForm({
      title: label('creditLimit'), name: 'limit', body: [h('p', { class: 'muted' }, person.email), limit.element], submit: label('save'), done: run, send: saveLimit(person, limit),
    });
  }

  function openDefault() {
    const limit = limitField(all.defaultLimit);
    openForm({
      title: label('defaultLimit'), name: 'default-limit', submit: label('save'), done: run,
      body: [limit.element, h('p', { class: 'muted small' }, t('Leave it empty for no limit.'))],
      send: async () => {
        await api.patch(base, { creditLimit: limit.number() });
        return t('Default limit saved');
      },
    });
  }

  run();
  return h('section', { class: 'page' },
    h('div', { class: 'page-head' },
      h('div', {}, h('h1', {}, label('mcp')), h('p', { class: 'muted' }, t('Credits that members may spend through MCP each month.'))),
      h('button', { type: 'button', class: 'button primary', onclick: openDefault }, label('setDefaultLimit'))),
    search.element, trouble, table.element);
}

const limitText = (limit) => (limit === null ? label('noLimit') : credits(limit));

function limitField(limit, more = {}) {
  const { element, input } = field(label('creditLimit'), { type: 'number', min: '0', step: '1', 'data-autofocus': true, value: limit === null ? '' : String(limit), ...more });
  return { element, input, number: () => (input.value === '' && !input.validity.badInput ? null : numberIn(input) ?? -1) };
}

/** The field that narrows the list to names and addresses. */
function searchField(changed) {
  const id = newId('search');
  const input = h('input', { id, type: 'search', 'aria-label': label('search'), placeholder: label('search'), autocomplete: 'off', oninput: changed });
  return {
    element: h('div', { class: 'search' }, input),
    fits: (user) => `${user.fullName} ${user.email}`.toLowerCase().includes(input.value.trim().toLowerCase()),
  };
}
