// Okta, Identity Engine, second generation of the sign-in widget.
import { h } from '../ui.js';
import { anyId, instead, run, send, words } from './engine.js';

const banner = {
  missing: 'We found some errors. Please review the form and make corrections.',
  'wrong-code': 'We found some errors. Please review the form and make corrections.',
  'wrong-password': 'Unable to sign in',
  locked: 'Your account is locked. Please contact your administrator.',
};
const below = { missing: 'This field cannot be left blank', 'wrong-code': 'Invalid code. Try again.' };

function widget(name, view, content, footer) {
  return h('div', { id: 'okta-login-container' },
    h('main', { id: 'okta-sign-in', class: 'auth-container main-container', 'data-se': 'auth-container' },
      h('div', { class: 'okta-sign-in-header auth-header' }, h('h1', {}, 'Example')),
      h('div', { class: 'auth-content' }, h('div', { class: 'auth-content-inner' },
        view.username ? h('div', { class: 'identifier-container' }, h('span', { class: 'identifier no-translate', 'data-se': 'identifier', title: view.username }, view.username)) : null,
        h('div', { class: `siw-main-view ${name}` }, h('div', { class: 'siw-main-body' }, content),
          h('div', { class: 'siw-main-footer' }, h('div', { class: 'auth-footer' }, footer)))))));
}

function form({ title, subtitle, view, fields, button, act }) {
  const text = words(banner, view.problem);
  return h('form', { 'data-se': 'o-form', class: 'ion-form o-form o-form-edit-mode', novalidate: true, onsubmit: instead(act) },
    h('div', { 'data-se': 'o-form-content', class: 'o-form-content o-form-theme' },
      h('h2', { 'data-se': 'o-form-head', class: 'okta-form-title o-form-head' }, title),
      subtitle ? h('p', { 'data-se': 'o-form-explain', class: 'okta-form-subtitle o-form-explain' }, subtitle) : null,
      h('div', { 'data-se': 'o-form-error-container', class: `o-form-error-container${text ? ' o-form-has-errors' : ''}` },
        text ? h('div', { class: 'infobox infobox-error', role: 'alert' }, h('span', { 'data-se': 'icon', class: 'icon error-16' }), h('p', {}, text)) : null),
      h('div', { 'data-se': 'o-form-fieldset-container', class: 'o-form-fieldset-container' }, fields)),
    button ? h('div', { class: 'o-form-button-bar' }, h('input', { class: 'button button-primary', type: 'submit', value: button, 'data-type': 'save' })) : null);
}

function field(text, view, attributes) {
  const id = anyId();
  const wrong = below[view.problem] || '';
  const input = h('input', { id, required: true, 'aria-required': 'true', 'aria-invalid': wrong ? 'true' : null, 'data-autofocus': true, ...attributes });
  const row = h('div', { 'data-se': `o-form-fieldset-${attributes.name}`, class: 'o-form-fieldset o-form-label-top' },
    h('div', { class: 'okta-form-label o-form-label', 'data-se': 'o-form-label' }, h('label', { for: id }, text)),
    h('div', { class: 'o-form-input', 'data-se': 'o-form-input-container' },
      h('span', { 'data-se': `o-form-input-${attributes.name}`, class: `o-form-control okta-form-input-field o-form-input-name-${attributes.name}` }, input),
      wrong ? h('p', { class: 'okta-form-input-error o-form-input-error o-form-explain', role: 'alert' },
        h('span', { class: 'icon icon-16 error-16-small', role: 'img', 'aria-label': 'Error' }), wrong) : null));
  return { input, row };
}

const link = (text, name, act) => h('a', { href: '#', class: `link js-${name}`, 'data-se': name, onclick: instead(act || (() => {})) }, text);
const startOver = () => link('Back to sign in', 'cancel', () => send({ back: true }));
const otherWay = (view) => (view.factors?.length > 1 ? link('Verify with something else', 'switchAuthenticator', () => send({ factor: 'other' })) : null);

function identify(view) {
  const user = field('Username', view, { type: 'text', name: 'identifier', autocomplete: 'username', value: view.username });
  const remember = anyId();
  return widget('identify primary-auth', {}, form({
    title: 'Sign In', view, button: 'Next', act: () => send({ username: user.input.value }),
    fields: [user.row, h('div', { 'data-se': 'o-form-fieldset-rememberMe', class: 'o-form-fieldset' },
      h('input', { type: 'checkbox', id: remember, name: 'rememberMe' }), h('label', { for: remember, 'data-se-for-name': 'rememberMe' }, 'Keep me signed in'))],
  }), [link('Unlock account?', 'unlock'), link('Help', 'help')]);
}

function password(view) {
  const secret = field('Password', view, { type: 'password', name: 'credentials.passcode', autocomplete: 'current-password' });
  return widget('mfa-verify-password', view, form({
    title: 'Verify with your password', view, fields: [secret.row], button: 'Verify', act: () => send({ password: secret.input.value }),
  }), [link('Forgot password?', 'forgot-password'), startOver()]);
}

const choices = {
  totp: { label: 'Google Authenticator', name: 'google_otp', description: '', aria: 'Select Google Authenticator.' },
  push: { label: 'Get a push notification', name: 'okta_verify-push', description: 'Okta Verify', aria: 'Select to get a push notification to the Okta Verify app.' },
};

function factors(view) {
  const rows = view.factors.map((kind) => {
    const { label, name, description, aria } = choices[kind];
    return h('div', { class: 'authenticator-row clearfix' },
      h('div', { class: 'authenticator-icon-container' }, h('div', { class: 'factor-icon authenticator-icon', role: 'img', 'aria-label': 'Authenticator logo' })),
      h('div', { class: 'authenticator-description' },
        h('div', {}, h('h3', { class: 'authenticator-label no-translate' }, label), description ? h('p', { class: 'authenticator-description--text' }, description) : null),
        h('div', { class: 'authenticator-button', 'data-se': name },
          h('a', { href: '#', class: 'button select-factor link-button', 'data-se': 'button', 'aria-label': aria, onclick: instead(() => send({ factor: kind })) }, 'Select'))));
  });
  return widget('authenticator-verify-list-view', view, form({
    title: "Verify it's you with a security method", subtitle: 'Select from the following options', view, act: () => {},
    fields: [h('div', { class: 'authenticator-verify-list authenticator-list' }, h('div', { class: 'list-content' }, rows))],
  }), [startOver()]);
}

function code(view) {
  const digits = field('Enter code', view, { type: 'text', name: 'credentials.passcode', autocomplete: 'off', inputmode: 'numeric' });
  return widget('mfa-verify-google-otp', view, form({
    title: 'Verify with Google Authenticator', subtitle: 'Enter the temporary code generated in your Google Authenticator app',
    view, fields: [digits.row], button: 'Verify', act: () => send({ code: digits.input.value.trim() }),
  }), [otherWay(view), startOver()]);
}

function push(view) {
  return widget('okta-verify-push-challenge', view, form({
    title: 'Get a push notification', view, act: () => {},
    fields: [h('div', { class: 'okta-verify-uv-enable-biometrics-view' },
      h('a', { href: '#', role: 'button', class: 'button send-push link-button disabled', 'aria-disabled': 'true' }, 'Push notification sent'),
      h('p', { class: 'number-challenge' }, 'On your phone, tap ', h('span', { class: 'challenge-number' }, String(view.number)), ' on Okta Verify prompt to continue.'))],
  }), [otherWay(view), startOver()]);
}

run({ identify, password, factors, code, push });
