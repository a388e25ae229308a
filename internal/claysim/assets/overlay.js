// What covers the page after a document load: a product tour or a cookie banner.
import { h } from './ui.js';

export function showOverlay(kind) {
  const close = () => layer.remove();
  const [name, text, first, second] = kind === 'cookies'
    ? ['We value your privacy', 'We use cookies to improve your experience and to understand how Clay is used.', 'Accept all', 'Reject all']
    : ['Meet the new Clay', 'Take a one-minute tour of what changed in your workspace.', 'Start tour', 'Skip tour'];
  const layer = h('div', { class: 'backdrop overlay' },
    h('div', { class: 'dialog', role: 'dialog', 'aria-modal': 'true', 'aria-label': name },
      h('header', {}, h('h2', {}, name)),
      h('div', { class: 'dialog-body' }, h('p', {}, text)),
      h('footer', {},
        h('button', { type: 'button', class: 'button', onclick: close }, second),
        h('button', { type: 'button', class: 'button primary', onclick: close }, first))));
  document.body.append(layer);
}
