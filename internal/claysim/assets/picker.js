// The field that searches members, groups or budgets and turns those that are chosen into chips.
import { label, t } from './config.js';
import { h, icon, newId } from './ui.js';

// Who looks for more than these has to type more, as in the common libraries.
const mostOptions = 20;

/**
 * Makes the field. kinds are {name, things}, things are {id, name, note, text}: name and note are what an option shows, a person's
 * address or nothing, and text is both. load() fills in the things when the list opens for the first time; changed() is called
 * after each choice.
 */
export function picker({ name, kinds, load, changed = () => {} }) {
  const id = newId('picker');
  const listId = newId('options');
  let chosen = [];
  let options = [];
  let at = -1;
  let list = null;
  let loading = null;
  const chips = kinds.map((kind) => h('ul', { class: 'chips', 'aria-label': kind.name }));
  const input = h('input', {
    id, type: 'text', role: 'combobox', autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-haspopup': 'listbox', 'aria-expanded': 'false', 'aria-controls': listId,
    onfocus: open, onclick: open, oninput: open, onkeydown: keys, onblur: close,
  });
  const box = h('div', { class: 'chip-box', onclick: (event) => event.target === box && input.focus() }, chips, input);

  const matches = (thing) => !chosen.includes(thing) && thing.text.toLowerCase().includes(input.value.trim().toLowerCase());

  function open() {
    close();
    options = [];
    at = -1;
    list = h('div', { role: 'listbox', id: listId, 'aria-label': name, class: 'picker', onmousedown: (event) => event.preventDefault() },
      load ? h('p', { class: 'muted small' }, t('Loading…')) : entries());
    document.getElementById('portal').append(list);
    place();
    input.setAttribute('aria-expanded', 'true');
    if (load) fetchThings();
  }

  /** Loads once, however often the list opens meanwhile. */
  async function fetchThings() {
    loading ||= load();
    try {
      await loading;
      load = null;
      if (list) open();
    } catch (refusal) {
      loading = null;
      list?.replaceChildren(h('p', { class: 'error', role: 'alert' }, refusal.message));
    }
  }

  function place() {
    const field = box.getBoundingClientRect();
    Object.assign(list.style, { left: `${field.left}px`, width: `${field.width}px` });
    const above = field.bottom + list.offsetHeight > innerHeight;
    list.style.top = above ? `${Math.max(0, field.top - list.offsetHeight)}px` : `${field.bottom}px`;
  }

  /** What the list shows: the options that match, under the names of their kinds where there are several. */
  function entries() {
    let left = mostOptions;
    const groups = kinds.map((kind) => {
      const shown = kind.things.filter(matches).slice(0, left);
      left -= shown.length;
      const made = shown.map(option);
      options.push(...made);
      if (kinds.length === 1 || made.length === 0) return made;
      return h('div', { role: 'group', 'aria-label': kind.name }, h('div', { class: 'muted small', 'aria-hidden': 'true' }, kind.name), made);
    });
    if (options.length === 0) return h('p', { class: 'muted small' }, t('Nothing found'));
    return [groups, left === 0 ? h('p', { class: 'muted small' }, t('Type more to narrow the list')) : null];
  }

  function close() {
    list?.remove();
    list = null;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function option(thing) {
    return h('div', { role: 'option', id: newId('option'), 'aria-selected': 'false', onclick: () => choose(thing) },
      h('span', {}, thing.name), thing.note ? [' ', h('span', { class: 'muted small' }, thing.note)] : null);
  }

  function keys(event) {
    if (event.key === 'Escape' && list) close();
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') move(event.key === 'ArrowDown' ? 1 : -1);
    else if (event.key === 'Enter') options[at]?.click();
    else if (event.key === 'Backspace' && input.value === '' && chosen.length > 0) set(chosen.slice(0, -1));
    else return;
    if (event.key === 'Backspace') return;
    event.preventDefault();
    event.stopPropagation();
  }

  function move(by) {
    if (!list) open();
    if (options.length === 0) return;
    options[at]?.setAttribute('aria-selected', 'false');
    at = (at + by + options.length) % options.length;
    options[at].setAttribute('aria-selected', 'true');
    options[at].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', options[at].id);
  }

  function choose(thing) {
    input.value = '';
    set([...chosen, thing]);
    close();
    input.focus();
  }

  function set(things) {
    chosen = things;
    draw();
    changed();
  }

  function draw() {
    kinds.forEach((kind, index) => chips[index].replaceChildren(...chosen.filter((thing) => kind.things.includes(thing)).map(chip)));
  }

  function chip(thing) {
    return h('li', { class: 'chip' }, h('span', {}, thing.text),
      h('button', { type: 'button', 'aria-label': t('Remove {name}', { name: thing.text }), onclick: () => { set(chosen.filter((each) => each !== thing)); input.focus(); close(); } }, icon('close')));
  }

  return {
    element: h('div', { class: 'field' }, h('label', { for: id }, name), box),
    /** The ids of what is chosen of a kind. */
    ids: (kind = 0) => chosen.filter((thing) => kinds[kind].things.includes(thing)).map((thing) => thing.id),
    /** Chooses the things of a kind with the ids besides what is chosen. */
    add(ids, kind = 0) {
      chosen = [...chosen, ...kinds[kind].things.filter((thing) => ids.includes(thing.id) && !chosen.includes(thing))];
      draw();
    },
  };
}

/** A member as a thing to choose. */
export function personThing(user) {
  const name = user.fullName || user.email;
  const note = name === user.email ? '' : user.email;
  return { id: user.id, name, note, text: note ? `${name} ${note}` : name };
}

/** A group or a budget as a thing to choose. */
export const namedThing = ({ id, name }) => ({ id, name, note: '', text: name });

export const membersKind = (users) => ({ name: label('membersTab'), things: users.map(personThing) });
export const groupsKind = (groups) => ({ name: label('groups'), things: groups.map(namedThing) });

/** A field for members, whom load() gives back. */
export function memberPicker(load) {
  const kind = membersKind([]);
  return picker({ name: label('addMembers'), kinds: [kind], load: async () => { kind.things = (await load()).map(personThing); } });
}
