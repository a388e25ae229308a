// A provider like Keycloak: user name and password on one page, a new document for each answer.
import { h } from '../ui.js';
import { instead, run, send, words } from './engine.js';

const loginProblems = {
  missing: 'Invalid username or password.',
  'wrong-password': 'Invalid username or password.',
  locked: 'Account is temporarily disabled; contact your administrator or retry later.',
};
const codeProblems = { missing: 'Please specify authenticator code.', 'wrong-code': 'Invalid authenticator code.' };

function page(title, ...content) {
  return h('div', { class: 'pf-v5-c-login' }, h('div', { class: 'pf-v5-c-login__container' },
    h('header', { id: 'kc-header' }, h('div', { id: 'kc-header-wrapper' }, 'Example')),
    h('main', { class: 'pf-v5-c-login__main' }, h('h1', { id: 'kc-page-title' }, title), h('div', { id: 'kc-content' }, content))));
}

function group(text, problem, attributes) {
  const input = h('input', { 'aria-invalid': problem ? 'true' : null, ...attributes });
  return {
    input,
    row: h('div', { class: 'pf-v5-c-form__group' }, h('label', { for: attributes.id }, h('span', {}, text)), input,
      problem ? h('span', { id: attributes.id === 'otp' ? 'input-error-otp-code' : 'input-error', class: 'problem', 'aria-live': 'polite' }, problem) : null),
  };
}

const submit = () => h('button', { type: 'submit', id: 'kc-login', name: 'login', class: 'pf-v5-c-button pf-m-primary pf-m-block' }, 'Sign In');
const another = (view) => (view.factors?.length > 1
  ? h('a', { href: '#', id: 'try-another-way', onclick: instead(() => send({ factor: 'other' })) }, 'Try Another Way') : null);
const attempted = (view) => h('div', { id: 'kc-username' }, h('label', { id: 'kc-attempted-username' }, view.username), ' ',
  h('a', { href: '#', id: 'reset-login', 'aria-label': 'Restart login', onclick: instead(() => send({ back: true })) }, '↺'));

function identify(view) {
  const problem = words(loginProblems, view.problem);
  const user = group('Username or email', problem, { type: 'text', id: 'username', name: 'username', autocomplete: 'username', value: view.username || '', 'data-autofocus': true });
  const secret = group('Password', '', { type: 'password', id: 'password', name: 'password', autocomplete: 'current-password' });
  return page('Sign in to your account', h('form', {
    id: 'kc-form-login', novalidate: true, onsubmit: instead(() => send({ username: user.input.value, password: secret.input.value })),
  }, user.row, secret.row,
  h('button', { type: 'button', 'aria-label': 'Show password', 'aria-controls': 'password' }, '👁'),
  h('label', { class: 'small' }, h('input', { type: 'checkbox', id: 'rememberMe', name: 'rememberMe' }), ' Remember me'), submit()));
}

function factors(view) {
  const names = {
    push: ['Phone', 'Approve the log-in on your phone.'],
    totp: ['Authenticator Application', 'Enter a verification code from authenticator application.'],
  };
  return page('Select login method', attempted(view), h('form', { id: 'kc-select-credential-form', onsubmit: instead(() => {}) }, view.factors.map((kind) =>
    h('button', { type: 'button', class: 'select-auth-box-parent', onclick: () => send({ factor: kind }) },
      h('div', { class: 'select-auth-box-headline' }, names[kind][0]), h('div', { class: 'select-auth-box-desc' }, names[kind][1])))));
}

function code(view) {
  const digits = group('One-time code', words(codeProblems, view.problem), { type: 'text', id: 'otp', name: 'otp', autocomplete: 'one-time-code', 'data-autofocus': true });
  return page('Sign in to your account', attempted(view), h('form', {
    id: 'kc-otp-login-form', novalidate: true, onsubmit: instead(() => send({ code: digits.input.value.trim() })),
  }, digits.row, submit()), another(view));
}

function push(view) {
  return page('Check your phone', attempted(view), h('p', {}, 'We sent a request to your phone. Approve it there with the number ', h('strong', { class: 'number' }, String(view.number)), '.'), another(view));
}

run({ identify, factors, code, push });
