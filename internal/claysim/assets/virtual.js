// The virtualised table: only the rows near the visible part of the scroll container are in the document.
import { t } from './config.js';
import { h } from './ui.js';

const rowHeight = 60;
const overscan = 5;
const visibleHeight = 600;

/**
 * Makes a table. heads are the names of its columns, an empty one is of the buttons; cells(shown) makes the cells of the row of
 * shown.person. show(people, total) fills it; total is what the server says there is.
 */
export function virtualTable({ name, look = '', heads, cells }) {
  let people = [];
  let from = -1;
  let to = -1;
  const body = h('div', { role: 'rowgroup', class: 'rows' });
  const scroller = h('div', { class: 'scroller', onscroll: () => draw(false) }, body);
  const header = h('div', { role: 'rowgroup' }, h('div', { role: 'row', 'aria-rowindex': '1', class: 'row head' },
    heads.map((text) => h('div', { role: 'columnheader', 'aria-label': text ? null : t('Actions') }, text))));
  const table = h('div', { role: 'table', 'aria-label': name, 'aria-busy': 'true', class: `table ${look}`.trim() }, header, scroller);
  scroller.style.maxHeight = `${visibleHeight}px`;

  function draw(force) {
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - overscan);
    const last = Math.min(people.length, Math.ceil((scroller.scrollTop + visibleHeight) / rowHeight) + overscan);
    if (!force && first === from && last === to) return;
    const kept = new Map(force ? [] : [...body.children].map((row) => [Number(row.dataset.index), row]));
    from = first;
    to = last;
    const wanted = [];
    for (let index = first; index < last; index++) wanted.push(kept.get(index) || makeRow(index));
    const focused = document.activeElement;
    body.replaceChildren(...wanted);
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  function makeRow(index) {
    // What is clicked, in the row or in what it opens, acts on whom the row shows at that moment.
    const shown = { person: people[index] };
    const row = h('div', { role: 'row', class: 'row', 'aria-rowindex': String(index + 2), 'data-index': String(index), style: `top:${index * rowHeight}px` },
      cells(shown));
    row.shown = shown;
    return row;
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

export const cell = (properties, ...children) => h('div', { role: 'cell', ...properties }, ...children);
