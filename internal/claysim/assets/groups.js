// The list of groups: a tab of the Team page.
import { config, label, t } from './config.js';
import * as api from './api.js';
import { h } from './ui.js';
import { cell, virtualTable } from './virtual.js';
import { field, loader, openForm } from './form.js';
import { memberPicker } from './picker.js';

export const groupsPath = (workspace) => `/workspaces/${workspace.id}/${config.variant.teamPath}/groups`;

/** The tabs of the Team page, which only plans with groups have. */
export function teamTabs(workspace, current) {
  if (!workspace.featureFlags.groups || !workspace.abilities.canManageMembers) return null;
  const tabs = [['members', label('membersTab'), `/workspaces/${workspace.id}/${config.variant.teamPath}`], ['groups', label('groups'), groupsPath(workspace)]];
  return h('div', { role: 'tablist', class: 'tabs' }, tabs.map(([key, text, href]) =>
    h('a', { role: 'tab', href, 'data-route': true, 'aria-selected': String(key === current) }, text)));
}

export function groupsPage(workspace) {
  const table = virtualTable({
    name: label('groups'), look: 'groups', heads: [label('columnName'), label('columnDescription'), label('columnMembers')],
    cells: ({ person: group }) => [
      cell({}, h('a', { class: 'name', href: `${groupsPath(workspace)}/${group.id}`, 'data-route': true }, group.name)),
      cell({ class: 'cut' }, group.description),
      cell({}, String(group.userIds.length)),
    ],
  });
  const { trouble, run } = loader(table, async () => {
    const { groups, total } = await api.get(`/v3/workspaces/${workspace.id}/groups`);
    table.show(groups, total);
  });
  run();
  return h('section', { class: 'page' },
    h('div', { class: 'page-head' },
      h('div', {}, h('h1', {}, label('team')), h('p', { class: 'muted' }, t('Groups of members of this workspace.'))),
      workspace.abilities.canManageMembers ? h('button', { type: 'button', class: 'button primary', onclick: () => openCreate(workspace, run) }, label('createGroup')) : null),
    teamTabs(workspace, 'groups'), trouble, table.element);
}

function openCreate(workspace, reload) {
  const name = field(label('groupName'), { type: 'text', 'data-autofocus': true, autocomplete: 'off' });
  const members = memberPicker(() => api.users(workspace.id));
  openForm({
    title: label('createGroup'), name: 'group', body: [name.element, members.element], submit: label('createGroup'), done: reload,
    send: async () => {
      await api.post(`/v3/workspaces/${workspace.id}/groups`, { name: name.input.value, userIds: members.ids() });
      return t('Group {name} created', { name: name.input.value.trim() });
    },
  });
}
