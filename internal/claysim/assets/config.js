// What this build of the application knew when the document loaded.
export const config = JSON.parse(document.getElementById('config').textContent);

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (word, key) => values[key] ?? word);

/** The text of a label. Words in braces are filled in, as text. */
export const label = (key, values = {}) => fill(config.labels[key], values);

/** A text in the language of the document. */
export const t = (english, values = {}) => fill(config.texts?.[english] || english, values);

/** A number of credits in the language of the document. */
export const credits = (number) => number.toLocaleString(config.lang || 'en');

const roleKeys = { Admin: 'roleAdmin', Editor: 'roleEditor', Viewer: 'roleViewer', 'Sales Rep': 'roleSalesRep' };

/** The text of a role on the pages. */
export function roleLabel(roleId) {
  const name = Object.keys(config.roleIds).find((role) => config.roleIds[role] === roleId);
  return label(roleKeys[name]);
}

/** The numbers of the roles that a workspace's plan offers. */
export function offeredRoles(workspace) {
  const ids = [config.roleIds.Admin, config.roleIds.Editor];
  if (workspace.billingPlanType === 'enterprise') ids.push(config.roleIds.Viewer);
  if (workspace.featureFlags.salesRepRole) ids.push(config.roleIds['Sales Rep']);
  return ids;
}
