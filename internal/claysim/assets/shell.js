// The frame of a workspace: left nav, profile menu, settings nav.
import { config, label, t } from './config.js';
import { get, post, remembered, workspace as loadWorkspace } from './api.js';
import { h, icon, avatar, openMenu, clearPortal } from './ui.js';
import { navigate } from './app.js';
import { plainPage } from './login.js';
import { teamPage } from './team.js';
import { groupsPage } from './groups.js';
import { groupPage } from './group.js';
import { budgetsPage } from './budgets.js';
import { mcpPage } from './mcp.js';
import { usagePage } from './usage.js';

const placeholder = (title, text) => () => h('section', { class: 'page' }, h('h1', {}, title), h('p', { class: 'muted' }, text));

// The page of limits is one of the settings, or stands in the nav at the side.
const limitsInSettings = config.variant.mcpPath.startsWith('settings/');
const limits = { path: config.variant.mcpPath, text: label('mcp'), icon: 'plug', page: mcpPage };
const showsLimits = (workspace) => workspace.featureFlags.mcpLimits && workspace.abilities.canManageMembers;

function settingsPages(workspace) {
  const pages = [
    { path: 'settings/profile', text: t('Profile'), page: placeholder(t('Profile'), t('Your name, photo and e-mail preferences.')) },
    { path: 'settings/workspace', text: t('Workspace'), page: placeholder(t('Workspace'), t('Name and defaults of this workspace.')) },
    { path: config.variant.teamPath, text: label('team'), page: teamPage, admin: true },
    { path: config.variant.budgetsPath, text: label('budgets'), page: budgetsPage, admin: true, hidden: !workspace.featureFlags.budgets },
    { path: 'settings/usage', text: label('usage'), page: usagePage },
    { ...limits, hidden: !limitsInSettings || !showsLimits(workspace) },
    { path: 'settings/billing', text: t('Plans & billing'), page: placeholder(t('Plans & billing'), t('Your plan, invoices and payment method.')), admin: true },
    { path: 'settings/connections', text: t('Connections'), page: placeholder(t('Connections'), t('Accounts of other tools that Clay may use.')) },
    { path: 'settings/notifications', text: t('Notifications'), page: placeholder(t('Notifications'), t('When Clay sends you an e-mail.')) },
  ];
  return pages.filter((page) => !page.hidden && (!page.admin || workspace.abilities.canManageMembers));
}

/** The page of groups, or of one group, that the path names. Everybody may open it; only admins find a link to it. */
function groupsBelow(workspace, path) {
  const prefix = `${config.variant.teamPath}/groups`;
  if (!workspace.featureFlags.groups || !path.startsWith(prefix)) return null;
  const [, id] = /^\/(\d+)$/.exec(path.slice(prefix.length)) || [];
  if (path !== prefix && !id) return null;
  return { path: config.variant.teamPath, page: id ? (...args) => groupPage(...args, Number(id)) : groupsPage };
}

const mainPages = (workspace) => [
  { path: 'home', text: t('Home'), icon: 'home' },
  { path: 'find-leads', text: t('Find leads'), icon: 'find' },
  { path: 'tables', text: t('Tables'), icon: 'table' },
  { path: 'signals', text: t('Signals'), icon: 'signal' },
  ...(!limitsInSettings && showsLimits(workspace) ? [limits] : []),
];

/** Makes the page of a workspace that the path names. */
export async function workspacePage(id, path) {
  const me = await get('/v3/me');
  remembered.set(true);
  let workspace;
  try {
    workspace = await loadWorkspace(id);
  } catch (refusal) {
    if (refusal.type !== 'Forbidden') throw refusal;
    return plainPage(t("You don't have access to this workspace"), t('You are signed in as {email}. Ask an admin of the workspace to invite you.', { email: me.email }),
      h('a', { href: '/workspaces', 'data-route': true }, t('Go to your workspaces')));
  }
  document.title = `${workspace.name} | Clay`;
  const settings = path.startsWith('settings');
  if (path === 'settings') path = 'settings/profile';
  const known = settingsPages(workspace).find((page) => page.path === path) || groupsBelow(workspace, path);
  const content = settings ? settingsFrame(workspace, me, known?.path || path, known) : homePage(workspace, me, path);
  return h('div', { class: 'frame' }, sideNav(workspace, me, path), content);
}

function sideNav(workspace, me, path) {
  return h('aside', { class: 'side' },
    h('div', { class: 'workspace-name' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), workspace.name),
    h('nav', { 'aria-label': t('Main') }, mainPages(workspace).map((page) =>
      navLink(workspace, page, path, icon(page.icon)))),
    h('div', { class: 'spacer' }),
    h('div', { class: 'credits' }, h('strong', {}, workspace.credits.basic.toLocaleString('en')), ' ', t('credits left')),
    h('button', {
      type: 'button', class: 'profile', 'aria-haspopup': 'menu', 'aria-expanded': 'false',
      onclick: (event) => openMenu(event.currentTarget, [
        { text: label('settings'), act: () => navigate(`/workspaces/${workspace.id}/settings/profile`) },
        { text: t('Switch workspace'), act: () => navigate('/workspaces') },
        { text: t('Log out'), act: logOut },
      ], { name: t('Account') }),
    }, avatar(me.fullName), h('span', {}, me.fullName), icon('chevron')));
}

function navLink(workspace, page, path, mark) {
  return h('a', {
    href: `/workspaces/${workspace.id}/${page.path}`, 'data-route': true, 'aria-current': page.path === path ? 'page' : null,
  }, mark, page.text);
}

async function logOut() {
  await post('/v3/auth/logout');
  remembered.set(false);
  clearPortal();
  navigate('/login');
}

function homePage(workspace, me, path) {
  const page = mainPages(workspace).find((each) => each.path === path);
  if (page?.page) return h('main', { class: 'content' }, page.page(workspace, me));
  const title = path === 'home' ? t('Welcome back, {name}', { name: me.fullName.split(' ')[0] }) : page?.text || t('Page not found');
  const cards = [t('Find people'), t('Find companies'), t('Import a CSV'), t('Start from a template')];
  return h('main', { class: 'content' }, h('section', { class: 'page' }, h('h1', {}, title),
      h('p', { class: 'muted' }, t('Pick up where you left off, or start something new.')),
      h('div', { class: 'cards' }, cards.map((text) => h('div', { class: 'card' }, h('h3', {}, text), h('p', { class: 'muted small' }, t('Create a new table')))))));
}

function settingsFrame(workspace, me, path, known) {
  const nav = h('nav', { class: 'settings-nav', 'aria-label': label('settings') }, h('h2', {}, label('settings')),
    settingsPages(workspace).map((page) => navLink(workspace, page, path, null)));
  const page = known
    ? known.page(workspace, me)
    : h('section', { class: 'page' }, h('h1', {}, t("You don't have access to this page")), h('p', { class: 'muted' }, t('Ask an admin of the workspace if you need it.')));
  return h('div', { class: 'content settings' }, nav, h('main', {}, page));
}
