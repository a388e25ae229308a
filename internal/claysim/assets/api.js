// Calls to the API origin.
import { config, t } from './config.js';

export class APIError extends Error {
  constructor(status, body) {
    super(body.message || t('Something went wrong. Please try again.'));
    this.status = status;
    this.type = body.type;
    this.refused = body.refused || [];
  }
}

// The page remembers that somebody was signed in, to tell an expired session from none.
const rememberedKey = 'clay.signedIn';
export const remembered = {
  get: () => localStorage.getItem(rememberedKey) === 'yes',
  set: (yes) => (yes ? localStorage.setItem(rememberedKey, 'yes') : localStorage.removeItem(rememberedKey)),
};

let onUnauthorized = () => {};
export function whenUnauthorized(handler) {
  onUnauthorized = handler;
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(config.api + path, {
      method,
      credentials: 'include',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new APIError(0, { type: 'Network', message: t('Something went wrong. Please check your connection and try again.') });
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const error = new APIError(response.status, answer || {});
  if (response.status === 429) error.message = t('Too many requests. Please try again later.');
  else if (response.status >= 500) error.message = t('Something went wrong. Please try again.');
  if (error.type === 'Unauthorized' || error.type === 'SecurityCheckRequired') onUnauthorized(error);
  throw error;
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);
export const patch = (path, body) => call('PATCH', path, body);
export const del = (path) => call('DELETE', path);

const fill = (path, workspaceId) => path.replace('{workspace}', workspaceId);

/** Undoes renamed fields, so that the pages go on while the traffic changes. */
function known(value) {
  const original = Object.fromEntries(Object.entries(config.fields).map(([from, to]) => [to, from]));
  const walk = (v) => {
    if (Array.isArray(v)) return v.map(walk);
    if (v === null || typeof v !== 'object') return v;
    return Object.fromEntries(Object.entries(v).map(([key, field]) => [original[key] || key, walk(field)]));
  };
  return walk(value);
}

export const users = async (id) => known(await get(fill(config.usersPath, id))).users;
export const permissions = async (id) => known(await get(fill(config.permissionsPath, id))).userPermissions;
export const workspace = (id) => get(`/v3/workspaces/${id}`);

/** Tells the server what happened on the page, as analytics scripts do. */
export function tell(event) {
  fetch('/telemetry', { method: 'POST', body: JSON.stringify(event), keepalive: true }).catch(() => {});
}

export const tellDialog = (dialog) => tell({ dialog });
