// The parts that all pages share: elements, toasts, menus, dialogs.
import { t } from './config.js';

/** Makes an element. Properties that start with "on" are listeners; null and false leave an attribute out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const icons = {
  home: 'M3 11 12 4l9 7v9h-6v-6H9v6H3z',
  table: 'M4 5h16v14H4zM4 10h16M10 5v14',
  find: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
  signal: 'M5 18v-4M10 18v-8M15 18V8M20 18V4',
  chevron: 'M7 10l5 5 5-5',
  dots: 'M5 12h.01M12 12h.01M19 12h.01',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  close: 'M6 6l12 12M18 6 6 18',
  pencil: 'M4 20l1-5L16 4l4 4L9 19zM14 6l4 4',
  plug: 'M9 3v6M15 3v6M6 9h12v3a6 6 0 0 1-12 0zM12 18v3',
  check: 'M5 12l5 5 9-10',
};

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' })) svg.setAttribute(key, value);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', icons[name]);
  svg.append(path);
  return svg;
}

/** A coloured disc with initials. */
export function avatar(name) {
  const initials = name.split(/[\s@.]+/).slice(0, 2).map((word) => word[0] || '').join('').toUpperCase();
  const hue = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0) * 7, 0) % 360;
  return h('span', { class: 'avatar', style: `--hue:${hue}`, 'aria-hidden': 'true' }, initials);
}

const toastLife = 4000;
// As in the common libraries for toasts: the oldest makes room.
const mostToasts = 3;

export function toast(text, failed = false) {
  const box = h('div', { class: `toast${failed ? ' failed' : ''}`, role: failed ? 'alert' : 'status' }, text);
  const all = document.getElementById('toasts');
  while (all.childElementCount >= mostToasts) all.firstElementChild.remove();
  all.append(box);
  setTimeout(() => box.remove(), toastLife);
}

const portal = () => document.getElementById('portal');

/** Removes menus and dialogs, when the page behind them goes. */
export function clearPortal() {
  portal().replaceChildren();
}

let lastId = 0;
export const newId = (prefix) => `${prefix}-${++lastId}`;

/**
 * Opens a list of choices in the portal, under the button.
 * Each item is {text, act, selected, danger}.
 */
export function openMenu(button, items, { role = 'menu', name }) {
  const itemRole = role === 'listbox' ? 'option' : 'menuitem';
  const close = (refocus) => {
    layer.remove();
    button.setAttribute('aria-expanded', 'false');
    if (refocus && button.isConnected) button.focus();
  };
  const entries = items.map((item) =>
    h('div', {
      role: itemRole, tabindex: '-1', class: item.danger ? 'danger' : null,
      'aria-selected': role === 'listbox' ? String(Boolean(item.selected)) : null,
      onclick: () => { close(true); item.act(); },
    }, h('span', {}, item.text), item.selected ? icon('check') : null));
  const list = h('div', { role, 'aria-label': name, class: 'menu', onkeydown: (event) => keys(event) }, entries);
  const layer = h('div', { class: 'menu-layer', onclick: (event) => event.target === layer && close(true) }, list);

  function keys(event) {
    const at = entries.indexOf(document.activeElement);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 };
    if (event.key in moves) entries[(moves[event.key] + entries.length) % entries.length].focus();
    else if (event.key === 'Enter' || event.key === ' ') entries[at]?.click();
    else if (event.key === 'Escape' || event.key === 'Tab') close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  portal().append(layer);
  button.setAttribute('aria-expanded', 'true');
  place(list, button);
  (entries.find((entry) => entry.getAttribute('aria-selected') === 'true') || entries[0]).focus();
}

/** Puts a menu below its button, or above where there is no room. */
function place(list, button) {
  const box = button.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const gap = 4;
  const below = box.bottom + gap;
  const top = below + size.height < innerHeight ? below : Math.max(gap, box.top - gap - size.height);
  list.style.top = `${top}px`;
  list.style.left = `${Math.max(gap, Math.min(box.left, innerWidth - size.width - gap))}px`;
}

/** A button that shows a choice and opens a list of others, which is called after what is chosen. */
export function dropdown({ text, name, list = t('Role'), items, disabled }) {
  return h('button', {
    type: 'button', class: 'dropdown', 'aria-haspopup': 'listbox', 'aria-expanded': 'false', 'aria-label': name, disabled,
    onclick: (event) => openMenu(event.currentTarget, items(), { role: 'listbox', name: list }),
  }, h('span', {}, text), icon('chevron'));
}

const focusable = 'button:not([disabled]), input:not([disabled]), select, a[href]';

/** Opens a dialog in the portal. Returns the function that closes it. */
export function openDialog({ title, body, footer, name = '' }) {
  const before = document.activeElement;
  const titleId = newId('title');
  const close = () => {
    layer.remove();
    // The list of a field that was open.
    portal().querySelectorAll('.picker').forEach((list) => list.remove());
    document.removeEventListener('keydown', keys);
    if (before?.isConnected) before.focus();
  };
  const box = h('div', { class: `dialog ${name}`, role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': titleId },
    h('header', {}, h('h2', { id: titleId }, title),
      h('button', { type: 'button', class: 'icon-button', 'aria-label': t('Close'), onclick: () => close() }, icon('close'))),
    h('div', { class: 'dialog-body' }, body),
    h('footer', {}, footer));
  const layer = h('div', { class: 'backdrop', onmousedown: (event) => event.target === layer && close() }, box);

  // On the document, because a button that gets disabled loses the focus to the body.
  function keys(event) {
    if (!layer.isConnected || event.key === 'Escape') { close(); return; }
    if (event.key !== 'Tab') return;
    const stops = [...box.querySelectorAll(focusable)];
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (document.activeElement !== edge) return;
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
    event.preventDefault();
  }

  portal().append(layer);
  document.addEventListener('keydown', keys);
  (box.querySelector('[data-autofocus]') || box.querySelector(focusable)).focus();
  return close;
}
