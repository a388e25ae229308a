// OneLogin. The words of the pages after the password are the least sure of all.
import { h } from '../ui.js';
import { instead, run, send, words } from './engine.js';

const problems = {
  missing: 'This field is required',
  'wrong-password': 'Invalid user name or password.',
  'wrong-code': 'Failed authentication with this factor',
  locked: 'Your account is locked. Contact your administrator.',
};

function panel(view, { title, act, content, button, links }) {
  const text = words(problems, view.problem);
  return h('div', { id: 'root-app' }, h('main', { class: 'login-panel' },
    h('div', { class: 'brand' }, 'Example'),
    text ? h('div', { role: 'alert', class: 'notification error' }, h('span', {}, text)) : null,
    h('form', { novalidate: true, onsubmit: instead(act) }, h('h1', {}, title), content,
      button ? h('button', { type: 'submit' }, h('span', {}, button)) : null, links)));
}

function field(text, attributes) {
  const input = h('input', { 'data-autofocus': true, ...attributes });
  return { input, row: h('div', { class: 'input-row' }, h('label', { for: attributes.id }, text), input) };
}

const link = (text, act = () => {}) => h('a', { href: '#', onclick: instead(act) }, text);
const chosen = (view) => h('div', { class: 'user' }, h('span', {}, view.username), ' ', link('Change', () => send({ back: true })));
const otherWay = (view) => (view.factors?.length > 1
  ? h('div', { role: 'button', tabindex: '0', onclick: () => send({ factor: 'other' }) }, h('span', {}, 'Change Authentication Factor')) : null);

function identify(view) {
  const user = field('Username', { type: 'text', id: 'username', name: 'username', autocomplete: 'username', autocapitalize: 'none', value: view.username || '' });
  return panel(view, {
    title: 'Log in to Example', act: () => send({ username: user.input.value }), button: 'Continue',
    content: [user.row, h('label', { class: 'small' }, h('input', { type: 'checkbox', name: 'remember_username' }), ' Remember username')],
  });
}

function password(view) {
  const secret = field('Password', { type: 'password', id: 'password', name: 'password', autocomplete: 'current-password' });
  return panel(view, {
    title: 'Log in to Example', act: () => send({ password: secret.input.value }), button: 'Continue',
    content: [chosen(view), secret.row], links: link('Forgot password'),
  });
}

function factors(view) {
  const names = { push: 'OneLogin Protect', totp: 'Authenticator' };
  return panel(view, {
    title: 'Select an authentication factor', act: () => {},
    content: [chosen(view), h('ul', { class: 'factors' }, view.factors.map((kind) =>
      h('li', {}, h('div', { role: 'button', tabindex: '0', onclick: () => send({ factor: kind }) }, h('span', {}, names[kind])))))],
  });
}

function code(view) {
  const digits = field('Enter the 6-digit code', { type: 'text', id: 'security-code', name: 'security-code', 'data-testid': 'security-code', inputmode: 'numeric', autocomplete: 'one-time-code' });
  return panel(view, {
    title: 'Authenticator', act: () => send({ code: digits.input.value.trim() }), button: 'Continue',
    content: [chosen(view), h('p', {}, 'Open your authenticator app to see the code.'), digits.row], links: otherWay(view),
  });
}

function push(view) {
  return panel(view, {
    title: 'Check your phone', act: () => {},
    content: [chosen(view), h('p', {}, 'We sent a notification to OneLogin Protect. Waiting for your approval.'),
      h('p', { class: 'number' }, String(view.number)), h('p', {}, 'Pick this number on your phone.')],
    links: otherWay(view),
  });
}

run({ identify, password, factors, code, push });
