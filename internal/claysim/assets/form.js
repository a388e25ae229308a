// Dialogs with fields, and what all pages of groups, budgets and limits do alike.
import { config, label, t } from './config.js';
import { tellDialog } from './api.js';
import { h, newId, openDialog, toast } from './ui.js';

/**
 * Opens a dialog that sends something. send() makes the call, and gives back the words for a toast; done() follows. Where the
 * variant tells of refusals by toasts alone the dialog closes whatever the answer is.
 */
export function openForm({ title, name, body, extra = [], submit, send, done }) {
  const error = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'button', class: 'button primary', onclick: () => act(send) }, submit);
  const close = openDialog({
    title, name, body: [body, error],
    footer: [extra, h('button', { type: 'button', class: 'button', onclick: () => close() }, label('cancel')), button],
  });
  tellDialog(name);

  async function act(call) {
    button.disabled = true;
    error.textContent = '';
    try {
      const words = await call();
      close();
      if (words) toast(words);
      await done();
    } catch (refusal) {
      if (refusal.type === 'Unauthorized') return;
      if (config.variant.refusalToast) {
        close();
        toast(refusal.message, true);
      } else {
        error.textContent = refusal.message;
      }
    }
    button.disabled = false;
  }
  return act;
}

/** Asks before something is deleted, which the dialog names, and tells by a toast how that went. */
export function confirmDeletion({ title, what, text, submit, send, done }) {
  const close = openDialog({
    title, name: 'confirm', body: [h('p', {}, h('strong', {}, what)), h('p', {}, text)],
    footer: [
      h('button', { type: 'button', class: 'button', 'data-autofocus': true, onclick: () => close() }, label('cancel')),
      h('button', { type: 'button', class: 'button danger', onclick: () => { close(); write(send, done); } }, submit),
    ],
  });
  tellDialog('delete');
}

/** Makes a call and tells how it went. */
export async function write(send, done) {
  try {
    const words = await send();
    if (words) toast(words);
  } catch (refusal) {
    if (refusal.type === 'Unauthorized') return;
    toast(refusal.message, true);
    await done(false);
    return;
  }
  await done(true);
}

/** Opens a dialog that has to load something first. */
export async function opened(open) {
  try {
    await open();
  } catch (refusal) {
    if (refusal.type !== 'Unauthorized') toast(refusal.message, true);
  }
}

/** A field with its label. */
export function field(text, properties) {
  const id = newId('field');
  const input = h('input', { id, ...properties });
  return { element: h('div', { class: 'field' }, h('label', { for: id }, text), input), input };
}

/** The number in a field; null if there is none. A fraction is none either. */
export function numberIn(input) {
  const text = input.value.trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** What a page shows instead of its table when a list cannot be loaded. load() throws what went wrong. */
export function loader(table, load) {
  const trouble = h('div', { class: 'trouble', hidden: true });
  const run = async () => {
    trouble.hidden = true;
    try {
      await load();
    } catch (refusal) {
      if (refusal.type === 'Unauthorized') return;
      trouble.replaceChildren(h('p', { role: 'alert' }, refusal.message), h('button', { type: 'button', class: 'button', onclick: run }, t('Try again')));
      trouble.hidden = false;
      table.element.setAttribute('aria-busy', 'false');
    }
  };
  return { trouble, run };
}
