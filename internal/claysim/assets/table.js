// The table of members and invitations.
import { config, label, roleLabel, t } from './config.js';
import { h, icon, avatar, dropdown, openMenu } from './ui.js';
import { cell, virtualTable } from './virtual.js';

/** Makes the table. acts: {roles, changeRole, remove, resend, cancel}. */
export function memberTable(acts) {
  return virtualTable({ name: t('Members'), heads: [t('Name'), t('Role'), ''], cells: (shown) => personCells(shown, acts) });
}

function personCells(shown, acts) {
  const { person } = shown;
  const name = person.name || person.email;
  return [
    cell({ class: 'person' }, avatar(name),
      h('div', { class: 'who' },
        h('div', { class: 'name' }, name, person.self ? h('span', { class: 'muted' }, ` (${t('you')})`) : null,
          person.pending ? h('span', { class: 'badge' }, label('pending')) : null),
        person.name ? h('div', { class: 'muted small' }, person.email) : null,
        person.groups.length > 0 ? h('div', { class: 'small' }, person.groups.map((group) => h('span', { class: 'badge group' }, group))) : null)),
    cell({}, roleControl(shown, acts)),
    cell({ class: 'actions' }, config.variant.trashIcon ? trashButton(shown, acts) : moreButton(shown, acts)),
  ];
}

function roleControl(shown, acts) {
  const { person } = shown;
  if (person.pending && config.variant.pendingRoleFixed) return h('span', { class: 'fixed-role' }, roleLabel(person.roleId));
  const roles = () => [...new Set([...acts.roles(), shown.person.roleId])];
  if (config.variant.nativeSelect) {
    return h('select', { 'aria-label': t('Role'), onchange: (event) => acts.changeRole(shown.person, Number(event.currentTarget.value)) },
      roles().map((id) => h('option', { value: String(id), selected: id === person.roleId }, roleLabel(id))));
  }
  return dropdown({
    text: roleLabel(person.roleId),
    items: () => roles().map((id) => ({
      text: roleLabel(id), selected: id === shown.person.roleId,
      act: () => { if (id !== shown.person.roleId) acts.changeRole(shown.person, id); },
    })),
  });
}

function moreItems(shown, acts) {
  return shown.person.pending
    ? [{ text: label('resend'), act: () => acts.resend(shown.person) }, { text: label('cancelInvite'), danger: true, act: () => acts.cancel(shown.person) }]
    : [{ text: label('removeMember'), danger: true, act: () => acts.remove(shown) }];
}

function moreButton(shown, acts) {
  return h('button', {
    type: 'button', class: 'icon-button', 'aria-label': label('more'), 'aria-haspopup': 'menu', 'aria-expanded': 'false',
    onclick: (event) => openMenu(event.currentTarget, moreItems(shown, acts), { name: label('more') }),
  }, icon('dots'));
}

function trashButton(shown, acts) {
  return h('button', { type: 'button', class: 'icon-button', 'aria-label': shown.person.pending ? label('cancelInvite') : label('removeMember'), onclick: () => acts.remove(shown) }, icon('trash'));
}
