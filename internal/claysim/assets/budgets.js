// The page of budgets.
import { credits, label, t } from './config.js';
import * as api from './api.js';
import { h, icon, newId, openMenu } from './ui.js';
import { cell, virtualTable } from './virtual.js';
import { confirmDeletion, field, loader, numberIn, opened, openForm } from './form.js';
import { groupsKind, membersKind, picker } from './picker.js';

const base = (workspace) => `/v3/workspaces/${workspace.id}/budgets`;

export function budgetsPage(workspace) {
  const table = virtualTable({
    name: label('budgets'), look: 'budgets', heads: [label('columnName'), label('columnUsed'), label('columnAccess'), ''],
    cells: (shown) => [
      cell({ class: 'name cut' }, shown.person.name),
      cell({}, `${credits(shown.person.used)} / ${credits(shown.person.creditLimit)}`),
      cell({}, accessText(shown.person)),
      cell({ class: 'actions' }, h('button', {
        type: 'button', class: 'icon-button', 'aria-label': label('more'), 'aria-haspopup': 'menu', 'aria-expanded': 'false',
        onclick: (event) => openMenu(event.currentTarget, [
          { text: label('edit'), act: () => opened(() => openBudget(workspace, shown.person, run)) },
          { text: label('delete'), danger: true, act: () => openDelete(shown.person) },
        ], { name: label('more') }),
      }, icon('dots'))),
    ],
  });
  const { trouble, run } = loader(table, async () => {
    const { budgets, total } = await api.get(base(workspace));
    table.show(budgets, total);
  });

  const openDelete = (budget) => confirmDeletion({
    title: label('deleteBudgetTitle'), what: budget.name, text: t('The credits that were spent stay spent.'), submit: label('deleteBudget'), done: run,
    send: async () => {
      await api.del(`${base(workspace)}/${budget.id}`);
      return t('Budget {name} deleted', budget);
    },
  });

  run();
  return h('section', { class: 'page' },
    h('div', { class: 'page-head' },
      h('div', {}, h('h1', {}, label('budgets')), h('p', { class: 'muted' }, t('What may be spent, and by whom.'))),
      h('button', { type: 'button', class: 'button primary', onclick: () => opened(() => openBudget(workspace, null, run)) }, label('newBudget'))),
    trouble, table.element);
}

function accessText(budget) {
  if (budget.allMembers) return label('accessEveryone');
  const people = budget.userIds.length === 1 ? t('1 person') : t('{count} people', { count: budget.userIds.length });
  const groups = budget.groupIds.length === 1 ? t('1 group') : t('{count} groups', { count: budget.groupIds.length });
  return `${people}, ${groups}`;
}

/** The dialog that makes a budget, or edits one. */
async function openBudget(workspace, budget, reload) {
  const [users, { groups }] = await Promise.all([api.users(workspace.id), api.get(`/v3/workspaces/${workspace.id}/groups`)]);
  const name = field(label('name'), { type: 'text', 'data-autofocus': true, autocomplete: 'off', value: budget?.name });
  const limit = field(label('creditLimit'), { type: 'number', min: '0', step: '1', value: budget && String(budget.creditLimit) });
  const who = picker({ name: label('membersOrGroups'), kinds: [membersKind(users), groupsKind(groups)] });
  who.add(budget?.userIds || [], 0);
  who.add(budget?.groupIds || [], 1);
  const access = accessField(budget ? budget.allMembers : true, (all) => { who.element.hidden = all; });
  who.element.hidden = access.all();
  const form = () => ({
    name: name.input.value, creditLimit: numberIn(limit.input), allMembers: access.all(),
    userIds: access.all() ? [] : who.ids(0), groupIds: access.all() ? [] : who.ids(1),
  });
  const reset = h('button', { type: 'button', class: 'button', onclick: () => act(async () => {
    await api.post(`${base(workspace)}/${budget.id}/reset`);
    return t('Usage of {name} reset', budget);
  }) }, label('resetUsage'));
  const act = openForm({
    title: label(budget ? 'editBudget' : 'createBudget'), name: budget ? 'edit-budget' : 'budget', done: reload,
    body: [name.element, limit.element, access.element, who.element], extra: budget ? [reset, h('span', { class: 'spacer' })] : [],
    submit: label(budget ? 'save' : 'createBudget'),
    send: async () => {
      const sent = form();
      await (budget ? api.patch(`${base(workspace)}/${budget.id}`, sent) : api.post(base(workspace), sent));
      return t(budget ? 'Budget {name} saved' : 'Budget {name} created', { name: sent.name.trim() });
    },
  });
}

/** The choice between all members and some. */
function accessField(all, changed) {
  const group = newId('access');
  const radio = (text, value) => {
    const id = newId('access');
    return h('div', { class: 'choice' },
      h('input', { type: 'radio', id, name: group, checked: value === all, onchange: () => { all = value; changed(all); } }), h('label', { for: id }, text));
  };
  const title = newId('access');
  return {
    element: h('div', { class: 'field', role: 'radiogroup', 'aria-labelledby': title },
      h('span', { class: 'label', id: title }, label('access')), radio(label('allMembers'), true), radio(label('specificMembers'), false)),
    all: () => all,
  };
}
