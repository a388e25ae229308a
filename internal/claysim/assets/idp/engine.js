// What the pages of all identity providers share: one page follows the other.

const root = document.getElementById('root');
const pollEvery = 1000;

let pages = {};
let current = JSON.parse(document.getElementById('config').textContent);
let sending = false;

/**
 * Shows the pages. Each is a function of what the server says
 * ({step, username, problem, number, factors}) that makes an element.
 */
export function run(all) {
  pages = all;
  show(current);
}

function show(view) {
  current = view;
  root.replaceChildren(pages[view.step](view));
  root.querySelector('[data-autofocus]')?.focus();
  if (view.step === 'push') setTimeout(poll, pollEvery);
}

/** Sends what was typed on the page, and shows the page that comes next. */
export async function send(answer) {
  if (sending) return;
  sending = true;
  root.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch('/answer', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ step: current.step, ...answer }),
    });
    next(response.ok ? await response.json() : { ...current, problem: 'failed' });
  } catch {
    next({ ...current, problem: 'failed' });
  } finally {
    sending = false;
    root.removeAttribute('aria-busy');
  }
}

function next(view) {
  if (view.load || view.step === 'done') {
    location.assign(view.path);
    return;
  }
  history.replaceState(null, '', view.path);
  show(view);
}

/** Waits for the person with the phone. */
async function poll() {
  if (current.step !== 'push') return;
  const view = await fetch('/answer').then((response) => response.json()).catch(() => current);
  if (current.step !== 'push') return;
  if (view.step && view.step !== 'push') location.assign(view.path);
  else setTimeout(poll, pollEvery);
}

/** The words of a provider for a problem; unknown problems get the last ones. */
export const words = (table, problem) => (problem ? table[problem] || 'Something went wrong. Please try again.' : '');

/** Runs an act instead of what the browser does with a click or a submit. */
export const instead = (act) => (event) => {
  event.preventDefault();
  act();
};

let lastId = 27;
/** An id that says nothing, as frameworks make them. */
export const anyId = () => `input${++lastId}`;
