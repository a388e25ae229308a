// The page of usage. Only what was spent through MCP is told of each person.
import { credits, label, t } from './config.js';
import * as api from './api.js';
import { h } from './ui.js';
import { cell, virtualTable } from './virtual.js';
import { loader } from './form.js';

export function usagePage(workspace) {
  const tabs = [['workbooks', 'usageWorkbooks'], ['integrations', 'usageIntegrations'], ['signals', 'usageSignals'], ['mcp', 'usageMcp'], ['api', 'usageApi']];
  const panel = h('div', { role: 'tabpanel', class: 'stack' });
  const buttons = tabs.map(([key, name]) => h('button', { type: 'button', role: 'tab', 'aria-selected': 'false', onclick: (event) => choose(event.currentTarget, key) }, label(name)));

  function choose(button, key) {
    for (const each of buttons) each.setAttribute('aria-selected', String(each === button));
    panel.replaceChildren(...(key === 'mcp' && workspace.abilities.canManageMembers ? peoplePanel(workspace) : [h('p', { class: 'muted' }, t('Not told of each person.'))]));
  }

  choose(buttons[0], 'workbooks');
  return h('section', { class: 'page' }, h('h1', {}, label('usage')), h('p', { class: 'muted' }, t('Credits spent in the current billing period.')),
    h('div', { role: 'tablist', class: 'tabs' }, buttons), panel);
}

function peoplePanel(workspace) {
  const table = virtualTable({
    name: label('usage'), look: 'usage', heads: [label('columnName'), label('columnEmail'), label('columnCredits')],
    cells: ({ person }) => [cell({ class: 'name cut' }, person.fullName), cell({ class: 'cut' }, person.email), cell({}, credits(person.creditsUsed))],
  });
  const { trouble, run } = loader(table, async () => {
    const { users, total } = await api.get(`/v3/workspaces/${workspace.id}/usage/mcp`);
    table.show(users, total);
  });
  run();
  return [trouble, table.element];
}
