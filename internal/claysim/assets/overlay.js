// What covers the page after a document load: a product tour, a cookie banner or a survey.
import { h } from './ui.js';

const overlays = {
  tour: { name: 'Meet the new Clay', text: 'Take a one-minute tour of what changed in your workspace.', answers: ['Skip tour', 'Start tour'] },
  cookies: {
    name: 'We value your privacy', text: 'We use cookies to improve your experience and to understand how Clay is used.', answers: ['Reject all', 'Accept all'],
  },
  survey: {
    name: 'How likely are you to recommend Clay to a colleague?', text: '0 is not at all likely, 10 is extremely likely.',
    scale: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], answers: ['Ask me later', 'Submit'],
  },
};

export function showOverlay(kind) {
  const { name, text, scale = [], answers: [first, second] } = overlays[kind] || overlays.tour;
  const close = () => layer.remove();
  const choose = (event) => {
    for (const button of event.currentTarget.parentElement.children) button.setAttribute('aria-pressed', String(button === event.currentTarget));
  };
  const layer = h('div', { class: 'backdrop overlay' },
    h('div', { class: 'dialog', role: 'dialog', 'aria-modal': 'true', 'aria-label': name },
      h('header', {}, h('h2', {}, name)),
      h('div', { class: 'dialog-body' }, h('p', {}, text),
        scale.length > 0 ? h('div', { role: 'group', 'aria-label': 'Score' }, scale.map((score) =>
          h('button', { type: 'button', class: 'button', 'aria-pressed': 'false', onclick: choose }, String(score)))) : null),
      h('footer', {},
        h('button', { type: 'button', class: 'button', onclick: close }, first),
        h('button', { type: 'button', class: 'button primary', onclick: close }, second))));
  document.body.append(layer);
}
