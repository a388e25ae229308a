// The page of one group.
import { label, t } from './config.js';
import * as api from './api.js';
import { avatar, h, icon } from './ui.js';
import { cell, virtualTable } from './virtual.js';
import { confirmDeletion, field, loader, openForm, write } from './form.js';
import { memberPicker } from './picker.js';
import { groupsPath, teamTabs } from './groups.js';
import { navigate } from './app.js';

export function groupPage(workspace, me, id) {
  const path = `/v3/workspaces/${workspace.id}/groups/${id}`;
  const admin = workspace.abilities.canManageMembers;
  const heading = h('h1', {});
  const description = describing(path, admin, () => run());
  let shown = null;
  const table = virtualTable({
    name: label('columnMembers'), look: 'group-members', heads: [label('columnName'), label('columnEmail'), ...(admin ? [''] : [])],
    cells: (row) => [
      cell({ class: 'person' }, avatar(row.person.fullName), h('div', { class: 'who' }, h('div', { class: 'name' }, row.person.fullName))),
      cell({ class: 'cut' }, row.person.email),
      admin ? cell({ class: 'actions' }, removeButton(row)) : null,
    ],
  });
  const { trouble, run } = loader(table, async () => {
    shown = await api.get(path);
    heading.textContent = shown.name;
    description.show(shown.description);
    table.show(shown.members, shown.total);
  });

  const removeButton = (row) => h('button', {
    type: 'button', class: 'icon-button', 'aria-label': label('removeFromGroup', { email: row.person.email }),
    onclick: () => write(async () => {
      await api.del(`${path}/members/${row.person.id}`);
      return t('{name} was removed', { name: row.person.fullName });
    }, run),
  }, icon('trash'));

  function openAdd() {
    const inside = new Set(shown.members.map((member) => member.id));
    const members = memberPicker(async () => (await api.users(workspace.id)).filter((user) => !inside.has(user.id)));
    openForm({
      title: label('addMembers'), name: 'add-members', body: members.element, submit: label('addMembers'), done: run,
      send: async () => {
        await api.post(`${path}/members`, { userIds: members.ids() });
        return t('Members added');
      },
    });
  }

  const openDelete = () => confirmDeletion({
    title: label('deleteGroupTitle'), what: shown.name, text: t('Its members keep their seats.'), submit: label('deleteGroup'),
    send: async () => {
      await api.del(path);
      return t('Group {name} deleted', shown);
    },
    done: (gone) => (gone ? navigate(groupsPath(workspace)) : run()),
  });

  run();
  return h('section', { class: 'page' },
    h('div', { class: 'page-head' }, h('div', {}, h('a', { href: groupsPath(workspace), 'data-route': true, class: 'small' }, t('All groups')), heading),
      admin ? h('div', { class: 'buttons' },
        h('button', { type: 'button', class: 'button', onclick: openDelete }, label('deleteGroup')),
        h('button', { type: 'button', class: 'button primary', onclick: openAdd }, label('addMembers'))) : null),
    teamTabs(workspace, 'groups'), description.element, trouble, table.element);
}

/** The description, which admins edit in place. */
function describing(path, admin, reload) {
  if (!admin) {
    const text = h('p', { class: 'muted' });
    return { element: text, show: (words) => { text.textContent = words; } };
  }
  let saved = '';
  const text = field(label('description'), { type: 'text', autocomplete: 'off', oninput: () => { save.disabled = text.input.value === saved; } });
  const save = h('button', {
    type: 'button', class: 'button', disabled: true,
    onclick: () => write(async () => {
      save.disabled = true;
      await api.patch(path, { description: text.input.value });
      return t('Description saved');
    }, reload),
  }, label('save'));
  return {
    element: h('div', { class: 'inline-form' }, text.element, save),
    show: (words) => { saved = words; text.input.value = words; save.disabled = true; },
  };
}
