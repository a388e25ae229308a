// Pages outside a workspace: log-in, onboarding, joining, checks.
import { label, t } from './config.js';
import { get, post, remembered } from './api.js';
import { h, newId } from './ui.js';
import { navigate } from './app.js';

function card(...content) {
  return h('main', { class: 'login' },
    h('div', { class: 'login-card' }, h('div', { class: 'logo', 'aria-hidden': 'true' }, h('span', {}), 'Clay'), ...content));
}

export function plainPage(title, text, ...more) {
  return card(h('h1', {}, title), h('p', { class: 'muted' }, text), ...more);
}

function field(text, attributes) {
  const id = newId('field');
  const input = h('input', { id, ...attributes });
  return { input, row: h('div', { class: 'field' }, h('label', { for: id }, text), input) };
}

/** A form with one button that shows the refusal of its act inline. */
function form({ fields, button, act }) {
  const error = h('p', { class: 'error', role: 'alert' });
  const submit = h('button', { type: 'submit', class: 'button primary wide' }, button);
  return h('form', {
    novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      error.textContent = '';
      submit.disabled = true;
      try {
        await act();
      } catch (refusal) {
        error.textContent = refusal.message;
      }
      submit.disabled = false;
    },
  }, fields.map((each) => each.row || each), error, submit);
}

/** The page that was wanted before the log-in. Only paths within the application count. */
function wanted() {
  const next = new URLSearchParams(location.search).get('next');
  return next && /^\/(?!\/)/.test(next) ? next : '/';
}

function enter({ landing }) {
  remembered.set(true);
  if (landing === '/security-check') sessionStorage.setItem('clay.next', wanted());
  navigate(landing || wanted(), { replace: true });
}

export async function loginPage() {
  if (await signedIn()) {
    navigate(wanted(), { replace: true });
    return null;
  }
  const expired = new URLSearchParams(location.search).has('expired');
  const step = h('div', {});
  step.append(emailStep(step));
  return card(
    expired ? h('p', { class: 'notice', role: 'alert' }, t('Your session has expired')) : null,
    h('h1', {}, t('Log in to Clay')), step,
    h('p', { class: 'muted small' }, t("Don't have an account?"), ' ', h('a', { href: '/signup', 'data-route': true }, label('signUp'))));
}

async function signedIn() {
  return remembered.get() && get('/v3/me').then(() => true, () => false);
}

function emailStep(step) {
  const email = field(t('Email'), { type: 'email', name: 'email', autocomplete: 'username', placeholder: 'name@company.com' });
  return h('div', { class: 'stack' },
    h('button', { type: 'button', class: 'button wide', onclick: () => navigate('/google') }, label('google')),
    h('div', { class: 'divider' }, h('span', {}, t('or'))),
    form({
      fields: [email], button: label('continue'),
      act: async () => {
        const address = email.input.value.trim();
        const { method, url } = await post('/v3/auth/start', { email: address, next: wanted() });
        if (method === 'sso') {
          sessionStorage.setItem('clay.next', wanted());
          location.assign(url || '/sso');
          return;
        }
        step.replaceChildren(secretStep(step, address, method));
        step.querySelector('input:not([readonly])').focus();
      },
    }));
}

function secretStep(step, address, method) {
  const code = method === 'code';
  const secret = code
    ? field(t('Verification code'), { type: 'text', name: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '6' })
    : field(t('Password'), { type: 'password', name: 'password', autocomplete: 'current-password' });
  return h('div', { class: 'stack' },
    h('p', { class: 'muted' }, code ? t('Enter the code that we sent to') : t('Signing in as'), ' ', h('strong', {}, address), ' ',
      h('button', { type: 'button', class: 'link', onclick: () => step.replaceChildren(emailStep(step)) }, t('Change'))),
    form({
      fields: [secret], button: label('continue'),
      act: async () => enter(await post(code ? '/v3/auth/code' : '/v3/auth/password', { email: address, [code ? 'code' : 'password']: secret.input.value })),
    }),
    code ? null : h('a', { href: '/forgot-password', 'data-route': true, class: 'small' }, label('forgot')));
}

export function googlePage() {
  return plainPage(t("Couldn't sign you in"), t('This browser or app may not be secure. Try using a different browser.'),
    h('a', { href: '/login', 'data-route': true }, t('Back to log in')));
}

export function identityProviderPage() {
  const user = field(t('Username'), { type: 'text', name: 'identifier', autocomplete: 'username' });
  return card(h('h1', {}, t('Sign in to your organization')),
    h('p', { class: 'muted' }, t('Your identity provider asks you to sign in.')),
    form({ fields: [user], button: t('Next'), act: async () => { throw new Error(t('Unable to sign in')); } }));
}

export function securityCheckPage() {
  return card(h('h1', {}, t('Security check')),
    h('p', { class: 'muted' }, t('Confirm that you are a person before you continue.')),
    h('div', { class: 'challenge' }, h('label', {}, h('input', {
      type: 'checkbox',
      onchange: async () => {
        await post('/v3/auth/security-check');
        navigate(sessionStorage.getItem('clay.next') || '/', { replace: true });
      },
    }), ' ', t('Verify you are human'))));
}

export async function workspacesPage() {
  const { results } = await get('/v3/my-workspaces');
  return card(h('h1', {}, t('Your workspaces')), h('nav', { class: 'workspaces', 'aria-label': t('Workspaces') }, results.map((workspace) =>
    h('a', { href: `/workspaces/${workspace.id}/home`, 'data-route': true }, workspace.name))));
}

const onboardingSteps = [t('What brings you to Clay?'), t('How big is your team?'), t('Which tools do you use?')];

/** A flow whose last step leads to the first: nothing on the page leaves it. */
export function onboardingPage(step) {
  const next = step >= onboardingSteps.length ? 1 : step + 1;
  return card(h('p', { class: 'muted small' }, t('Step {step} of {steps}', { step, steps: onboardingSteps.length })),
    h('h1', {}, onboardingSteps[step - 1] || onboardingSteps[0]),
    h('div', { class: 'choices' }, [t('Sales'), t('Marketing'), t('Operations'), t('Something else')].map((text) =>
      h('button', { type: 'button', class: 'button wide', onclick: () => navigate(`/onboarding/${next}`) }, text))));
}

export async function joinPage(token) {
  let invitation;
  try {
    invitation = await get(`/v3/invitations/${token}`);
  } catch (refusal) {
    return plainPage(refusal.message, t('Ask an admin of the workspace to invite you again.'),
      h('a', { href: '/login', 'data-route': true }, t('Go to log in')));
  }
  const name = field(t('Full name'), { type: 'text', name: 'name', autocomplete: 'name' });
  const password = field(t('Password'), { type: 'password', name: 'password', autocomplete: 'new-password' });
  return card(h('h1', {}, t('Join {workspace}', { workspace: invitation.workspaceName })),
    h('p', { class: 'muted' }, t('This invitation is for'), ' ', h('strong', {}, invitation.email), '.'),
    form({
      fields: invitation.hasAccount ? [] : [name, password], button: t('Join workspace'),
      act: async () => {
        const { workspaceId } = await post(`/v3/invitations/${token}/accept`, { name: name.input.value, password: password.input.value });
        remembered.set(true);
        navigate(`/workspaces/${workspaceId}/home`, { replace: true });
      },
    }));
}
