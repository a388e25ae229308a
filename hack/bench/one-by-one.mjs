// One person at a time: what a competent script without the operator does to give, change and take seats.
//
// It signs in once and opens the Team page. Then, for each person, it opens the dialog or finds the row, makes the change,
// waits until the page says that it is made, and, with "verify", loads the page anew and looks for the person in the list.
// It waits for nothing but the page. It asks no more of the page than the operator does, and knows its labels beforehand.
//
// Standard input is a JSON document:
//   {driver, chromium, appURL, workspace, email, password, name, roleIDs, verify, invitations, roles, removals}
// where driver is the directory of playwright-core, roleIDs are the numbers of the roles in the page's traffic, and the last
// three are lists of {email, role, from}.
// Standard output gets a line "person" for each of them, and at the end a line of JSON:
//   {invitations, roles, removals}, in seconds, without the log-in.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const task = JSON.parse(await text(process.stdin));
const { chromium } = createRequire(import.meta.url)(join(task.driver, 'package'));
// A step of the page takes less than this, in milliseconds, and the answer to a write less than the other.
const stepTimeout = 10_000;
const answerTimeout = 30_000;
// A menu opens within openTimeout, or the click that should open it was lost.
const openTimeout = 500;
const openAttempts = 5;
const seconds = (since) => (performance.now() - since) / 1000;

const browser = await chromium.launch({ executablePath: task.chromium });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(stepTimeout);
  await signIn(page);
  await openTeam(page);
  const result = {};
  result.invitations = await forEach(task.invitations, (person) => invite(page, person), ({ found, role }) => found?.pending && found.roleId === role);
  result.roles = await forEach(task.roles, (person) => changeRole(page, person), ({ found, role }) => found?.roleId === role);
  result.removals = await forEach(task.removals, (person) => remove(page, person), ({ found }) => !found);
  console.log(JSON.stringify(result));

  /** Runs act for each person, proves it where that is asked for, and returns the seconds that it took. */
  async function forEach(people, act, proved) {
    const begun = performance.now();
    for (const person of people) {
      await act(person);
      if (task.verify) {
        const found = (await freshList(page)).find((each) => each.email === person.email);
        if (!proved({ found, role: task.roleIDs[person.role] })) throw new Error('a change is not in the list that was loaded after it');
      }
      console.log('person');
    }
    return seconds(begun);
  }
} finally {
  await browser.close();
}

async function signIn(page) {
  await page.goto(`${task.appURL}/login`);
  await page.getByLabel('Email').fill(task.email);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByLabel('Password').fill(task.password);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.waitForURL(/\/workspaces\//);
}

async function openTeam(page) {
  await page.goto(`${task.appURL}/workspaces/${task.workspace}/home`);
  await page.getByRole('button', { name: task.name }).click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Team', exact: true }).click();
  await page.locator('[role=table][aria-busy=false]').waitFor();
}

async function invite(page, { email, role }) {
  await page.getByRole('button', { name: '+ Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite people' });
  await dialog.getByLabel('Email addresses').fill(email);
  await page.keyboard.press('Enter');
  if (role !== 'Editor') {
    await dialog.getByRole('button', { name: 'Editor', exact: true }).click();
    await page.getByRole('option', { name: role, exact: true }).click();
  }
  await dialog.getByRole('button', { name: 'Send invite' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function changeRole(page, { email, role, from }) {
  const row = await findRow(page, email);
  await openMenu(page, row.getByRole('button', { name: from, exact: true }));
  await Promise.all([
    answered(page, 'PATCH'),
    page.getByRole('option', { name: role, exact: true }).press('Enter'), // a toast of the change before may cover it
  ]);
  if (!task.verify) await row.getByRole('button', { name: role, exact: true }).waitFor();
}

async function remove(page, { email }) {
  const row = await findRow(page, email);
  await openMenu(page, row.getByRole('button', { name: 'More options' }));
  await page.getByRole('menuitem', { name: 'Remove member' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(email).waitFor();
  await Promise.all([
    answered(page, 'DELETE'),
    dialog.getByRole('button', { name: 'Remove', exact: true }).click(),
  ]);
  if (!task.verify) await row.waitFor({ state: 'detached' });
}

/** Clicks until a menu opens: a click that falls together with the page drawing its list anew is lost. */
async function openMenu(page, button) {
  const item = page.getByRole('option').or(page.getByRole('menuitem')).first();
  for (let left = openAttempts; ; left--) {
    await button.click();
    try {
      return await item.waitFor({ timeout: openTimeout });
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

/** The page's write was answered, and well. Where the page is not loaded anew next, the list must show it, too. */
async function answered(page, method) {
  const response = await page.waitForResponse((each) => each.request().method() === method, { timeout: answerTimeout });
  if (!response.ok()) throw new Error(`a ${method} was answered with ${response.status()}`);
}

/** Scrolls the virtual list, a screen at a time, until it shows the row of exactly this address. */
async function findRow(page, email) {
  const row = page.getByRole('row').filter({ has: page.getByText(email, { exact: true }) });
  const list = page.locator('[role=table] .scroller');
  await page.locator('[role=table][aria-busy=false]').waitFor();
  for (let screen = 0, more = true; await row.count() === 0; screen++) {
    if (!more) throw new Error('somebody is not in the list');
    more = await list.evaluate((element, screens) => {
      element.scrollTop = screens * element.clientHeight;
      return element.scrollTop === screens * element.clientHeight;
    }, screen);
    await drawn(page);
  }
  // To the middle, where no toast covers it.
  await row.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await drawn(page); // scrolling puts the rows into the page anew; a click that is under way meanwhile is lost
  return row;
}

/** The page has drawn what it was told last. */
async function drawn(page) {
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(() => resolve())); }));
}

/** Loads the Team page anew and returns who it says is there. */
async function freshList(page) {
  let fresh = false; // what the page loaded after the change may still be on its way, and is not what was loaded anew
  page.once('framenavigated', () => { fresh = true; });
  const [permissions] = await Promise.all([
    page.waitForResponse((response) => fresh && response.url().endsWith('/permissions')),
    page.reload(),
  ]);
  const { userPermissions } = await permissions.json();
  await page.locator('[role=table][aria-busy=false]').waitFor();
  return userPermissions;
}
