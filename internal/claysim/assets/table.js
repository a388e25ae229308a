// The virtualised table of members and invitations: only the rows near the
// visible part of the scroll container are in the document.
import { config, label, roleLabel, t } from './config.js';
import { h, icon, avatar, dropdown, openMenu } from './ui.js';

const rowHeight = 60;
const overscan = 5;
const visibleHeight = 600;

/**
 * Makes the table. acts: {roles, changeRole, remove, resend, cancel}.
 * show(people, total) fills it; total is what the server says there is.
 */
export function memberTable(acts) {
  let people = [];
  let from = -1;
  let to = -1;
  const body = h('div', { role: 'rowgroup', class: 'rows' });
  const scroller = h('div', { class: 'scroller', onscroll: () => draw(false) }, body);
  const header = h('div', { role: 'rowgroup' }, h('div', { role: 'row', 'aria-rowindex': '1', class: 'row head' },
    [t('Name'), t('Role'), ''].map((text) => h('div', { role: 'columnheader', 'aria-label': text ? null : t('Actions') }, text))));
  const table = h('div', { role: 'table', 'aria-label': t('Members'), 'aria-busy': 'true', class: 'table' }, header, scroller);
  scroller.style.maxHeight = `${visibleHeight}px`;

  function draw(force) {
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - overscan);
    const last = Math.min(people.length, Math.ceil((scroller.scrollTop + visibleHeight) / rowHeight) + overscan);
    if (!force && first === from && last === to) return;
    const kept = new Map(force ? [] : [...body.children].map((row) => [Number(row.dataset.index), row]));
    from = first;
    to = last;
    const wanted = [];
    for (let index = first; index < last; index++) wanted.push(kept.get(index) || personRow(people[index], index, acts));
    const focused = document.activeElement;
    body.replaceChildren(...wanted);
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  return {
    element: table,
    show(list, total) {
      people = list;
      body.style.height = `${people.length * rowHeight}px`;
      table.setAttribute('aria-busy', 'false');
      table.setAttribute('aria-rowcount', String(total + 1));
      draw(true);
    },
  };
}

function personRow(person, index, acts) {
  const name = person.name || person.email;
  // What is clicked, in the row or in what it opens, acts on whom the row shows at that moment.
  const shown = { person };
  const row = h('div', { role: 'row', class: 'row', 'aria-rowindex': String(index + 2), 'data-index': String(index), style: `top:${index * rowHeight}px` },
    h('div', { role: 'cell', class: 'person' }, avatar(name),
      h('div', { class: 'who' },
        h('div', { class: 'name' }, name, person.self ? h('span', { class: 'muted' }, ` (${t('you')})`) : null,
          person.pending ? h('span', { class: 'badge' }, label('pending')) : null),
        person.name ? h('div', { class: 'muted small' }, person.email) : null)),
    h('div', { role: 'cell' }, roleControl(shown, acts)),
    h('div', { role: 'cell', class: 'actions' }, config.variant.trashIcon ? trashButton(shown, acts) : moreButton(shown, acts)));
  row.shown = shown;
  return row;
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
