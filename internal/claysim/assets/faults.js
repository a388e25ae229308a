// Lets the faults of the pages happen. Only a document that has some loads this.
import { label } from './config.js';
import { tell } from './api.js';

const clickable = 'button, a, [role="menuitem"], [role="option"]';

/** Uses up one occurrence and tells the server of it. */
function happen(fault) {
  if (fault.left === 0) return false;
  if (fault.left) fault.left -= 1;
  tell({ fault: fault.id });
  return true;
}

const shows = (element, key) => !key || [element.textContent.trim(), element.getAttribute('aria-label')].includes(label(key));

/** What a click or a choice is about; null if it is not the fault's. */
function struck(event, key) {
  if (event.type === 'click') {
    const element = event.target.closest(clickable);
    return element && shows(element, key) ? element : null;
  }
  const choice = event.target.selectedOptions?.[0];
  return choice && shows(choice, key) ? event.target : null;
}

/** Calls meet with each click and each choice before the page gets it. */
function beforeClicks(fault, meet) {
  for (const type of ['click', 'change']) {
    document.addEventListener(type, (event) => {
      if (event.simulated || (type === 'change' && event.target.tagName !== 'SELECT')) return;
      const element = struck(event, fault.label);
      if (element) meet(event, element);
    }, true);
  }
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

const kinds = {
  'swallowed-click': (fault) => beforeClicks(fault, (event) => {
    if (happen(fault)) stop(event);
  }),

  'slow-click': (fault) => beforeClicks(fault, (event, element) => {
    if (!happen(fault)) return;
    stop(event);
    const again = new event.constructor(event.type, { bubbles: true, cancelable: true });
    again.simulated = true;
    setTimeout(() => element.dispatchEvent(again), fault.delay || 0);
  }),

  'native-dialog': (fault) => {
    if (fault.text === 'beforeunload') {
      addEventListener('beforeunload', (event) => {
        if (happen(fault)) event.preventDefault();
      });
      return;
    }
    beforeClicks(fault, (event) => {
      if (!happen(fault)) return;
      if (fault.text === 'alert') alert('Your workspace is being updated.');
      else if (!confirm('Are you sure?')) stop(event);
    });
  },

  'dialog-closes': (fault) => {
    const kind = fault.text === 'remove' ? '.confirm' : fault.text && `.${fault.text}`;
    new MutationObserver((changes) => {
      const opened = changes.flatMap((change) => [...change.addedNodes]).some((node) => node.querySelector?.(`[role="dialog"]${kind || ''}`));
      if (!opened || !happen(fault)) return;
      setTimeout(() => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })), fault.delay || 0);
    }).observe(document.getElementById('portal'), { childList: true });
  },

  'doubled-label': (fault) => {
    const doubled = new WeakSet();
    new MutationObserver(() => {
      for (const element of document.querySelectorAll(clickable)) {
        if (doubled.has(element) || !shows(element, fault.label) || !happen(fault)) continue;
        const twin = element.cloneNode(true);
        doubled.add(element).add(twin);
        element.after(twin);
      }
    }).observe(document.body, { childList: true, subtree: true });
  },

  'rows-swap': (fault) => {
    const opened = { menu: '.menu > *', dialog: '.confirm .danger' }[fault.text];
    let over = null;
    let clicked = null;
    document.addEventListener('click', (event) => { clicked = event.target.closest('.rows .row') || clicked; }, true);
    document.addEventListener('pointerover', (event) => {
      const met = event.target.closest(opened || '.rows .row');
      if (met === over) return;
      over = met;
      const row = met && opened ? clicked : met;
      const neighbour = row && [row.nextElementSibling, row.previousElementSibling].find((other) => other && alike(row, other));
      if (neighbour && happen(fault)) swap(row, neighbour);
    }, true);
  },

  reload: (fault) => {
    if (happen(fault)) setTimeout(() => location.reload(), fault.delay || 0);
  },
};

/** Whether two elements are built the same, so that they can swap what they show. */
function alike(one, other) {
  return one.nodeName === other.nodeName && one.childNodes.length === other.childNodes.length
    && [...one.childNodes].every((child, at) => alike(child, other.childNodes[at]));
}

/** Lets two rows swap their people and keep their elements. */
function swap(row, neighbour) {
  [row.shown.person, neighbour.shown.person] = [neighbour.shown.person, row.shown.person];
  [...row.childNodes].forEach((cell, at) => swapContent(cell, neighbour.childNodes[at]));
  row.shown.redraw?.();
  neighbour.shown.redraw?.();
}

function swapContent(one, other) {
  if (one.nodeType === Node.TEXT_NODE) {
    [one.data, other.data] = [other.data, one.data];
    return;
  }
  for (const name of ['style', 'aria-label', 'href']) {
    const values = [one.getAttribute(name), other.getAttribute(name)];
    if (values[0] === values[1]) continue;
    one.setAttribute(name, values[1]);
    other.setAttribute(name, values[0]);
  }
  // Choices are not text: a <select> keeps the one that was chosen.
  if (one.nodeName === 'SELECT') [one.value, other.value] = [other.value, one.value];
  else [...one.childNodes].forEach((child, at) => swapContent(child, other.childNodes[at]));
}

export function startFaults(faults) {
  // Left is absent where a fault always happens.
  faults.forEach((fault) => kinds[fault.kind](fault));
}
