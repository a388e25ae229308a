// Routes. Navigation within the application uses the history API.
import { config, t } from './config.js';
import { whenUnauthorized, remembered, get } from './api.js';
import { clearPortal } from './ui.js';
import { loginPage, workspacesPage, googlePage, identityProviderPage, plainPage, joinPage, securityCheckPage, onboardingPage } from './login.js';
import { workspacePage } from './shell.js';
import { showOverlay } from './overlay.js';

const root = document.getElementById('root');

/** Goes to a path without loading a document. */
export function navigate(path, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  route();
}

const routes = [
  [/^\/login$/, () => loginPage()],
  [/^\/google$/, () => googlePage()],
  [/^\/sso$/, () => identityProviderPage()],
  [/^\/forgot-password$/, () => plainPage(t('Reset your password'), t('We will send you a link if an account exists for your email.'))],
  [/^\/signup$/, () => plainPage(t('Create your account'), t('Sign-up is closed in this workspace. Ask an admin for an invitation.'))],
  [/^\/invite\/([^/]+)$/, (token) => joinPage(token)],
  [/^\/security-check$/, () => securityCheckPage()],
  [/^\/onboarding(?:\/(\d+))?$/, (step) => onboardingPage(Number(step || 1))],
  [/^\/workspaces\/(\d+)(?:\/(.*))?$/, (id, rest) => workspacePage(Number(id), rest || 'home')],
  [/^\/workspaces$/, () => workspacesPage()],
  [/^\/$/, () => firstWorkspace()],
];

async function firstWorkspace() {
  const { results, onboarding } = await get('/v3/my-workspaces');
  navigate(onboarding ? '/onboarding' : `/workspaces/${results[0].id}/home`, { replace: true });
  return null;
}

let current = 0;

async function route() {
  const mine = ++current;
  clearPortal();
  for (const [pattern, page] of routes) {
    const match = pattern.exec(location.pathname);
    if (!match) continue;
    let content;
    try {
      content = await page(...match.slice(1));
    } catch (error) {
      content = error.type === 'Unauthorized' || error.type === 'SecurityCheckRequired' ? null : plainPage(t('Something went wrong'), error.message);
    }
    if (content && mine === current) root.replaceChildren(content);
    return;
  }
  root.replaceChildren(plainPage(t('Page not found'), t('The page you are looking for does not exist.')));
}

whenUnauthorized((error) => {
  if (error.type === 'SecurityCheckRequired') {
    navigate('/security-check', { replace: true });
    return;
  }
  if (location.pathname === '/login') return;
  const query = new URLSearchParams({ next: location.pathname });
  if (remembered.get()) query.set('expired', '1');
  remembered.set(false);
  navigate(`/login?${query}`, { replace: true });
});

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-route]');
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  navigate(link.getAttribute('href'));
});

addEventListener('popstate', route);
if (config.faults) (await import('./faults.js')).startFaults(config.faults);
route();
// Every document asks for the version of the build; nothing on the page waits for the answer.
get('/v3').catch(() => {});
if (config.overlay) setTimeout(() => showOverlay(config.overlay), config.overlayAfter || 0);
