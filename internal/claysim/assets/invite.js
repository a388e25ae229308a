// The invitation dialog.
import { config, label, offeredRoles, roleLabel, t } from './config.js';
import * as api from './api.js';
import { h, icon, dropdown, newId, openDialog, toast } from './ui.js';

const looksLikeAddress = (text) => /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/.test(text);

export function openInviteDialog(workspace, reload) {
  const roles = offeredRoles(workspace);
  let roleId = config.roleIds.Editor;
  const error = h('p', { class: 'error', role: 'alert', id: newId('error') });
  const submit = h('button', { type: 'button', class: 'button primary', onclick: () => send() }, label('submit'));
  const emails = config.variant.singleAddress ? singleField(error, refresh, () => submit.click()) : chipField(error, refresh);
  const roleBox = h('div', { class: 'role-box' });
  const close = openDialog({
    title: label('inviteTitle'), name: 'invite',
    body: [emails.element, error, h('div', { class: 'field' }, h('span', { class: 'label' }, t('Role')), roleBox)],
    footer: [h('button', { type: 'button', class: 'button', onclick: () => close() }, label('cancel')), submit],
  });
  drawRole();
  refresh();
  api.tellDialog('invite');

  function refresh() {
    submit.disabled = !emails.ready();
  }

  function drawRole() {
    const choose = (id) => { roleId = id; drawRole(); roleBox.firstElementChild.focus(); };
    roleBox.replaceChildren(config.variant.nativeSelect
      ? h('select', { 'aria-label': t('Role'), onchange: (event) => choose(Number(event.currentTarget.value)) },
        roles.map((id) => h('option', { value: String(id), selected: id === roleId }, roleLabel(id))))
      : dropdown({ text: roleLabel(roleId), items: () => roles.map((id) => ({ text: roleLabel(id), selected: id === roleId, act: () => choose(id) })) }));
  }

  async function send() {
    error.textContent = emails.problem();
    if (error.textContent) return;
    submit.disabled = true;
    try {
      const { sent, refused } = await api.post(`/v3/workspaces/${workspace.id}/invitations`, { emails: emails.values(), roleId });
      if (sent.length > 0) toast(sent.length === 1 ? t('Invitation sent to {email}', { email: sent[0] }) : t('{count} invitations sent', { count: sent.length }));
      if (refused?.length > 0) {
        emails.keep(refused.map((each) => each.email));
        error.textContent = sentence(t('Some people could not be invited'), refused);
      } else {
        close();
      }
      await reload();
    } catch (refusal) {
      error.textContent = sentence(refusal.message, refusal.refused || []);
      emails.mark((refusal.refused || []).map((each) => each.email));
    }
    refresh();
  }
}

const sentence = (message, refused) =>
  refused.length === 0 ? message : `${message}: ${refused.map((each) => `${each.email} ${each.reason}`).join(', ')}.`;

/** The older field: one plain address. */
function singleField(error, changed, submit) {
  const id = newId('email');
  const input = h('input', { id, type: 'email', 'data-autofocus': true, placeholder: 'name@company.com', 'aria-describedby': error.id, oninput: changed, onkeydown: (event) => event.key === 'Enter' && submit() });
  return {
    element: h('div', { class: 'field' }, h('label', { for: id }, label('emails')), input),
    ready: () => input.value.trim() !== '',
    problem: () => (looksLikeAddress(input.value.trim()) ? '' : t('{emails} is not a valid email address', { emails: input.value.trim() })),
    values: () => [input.value.trim()],
    keep() {},
    mark() {},
  };
}

/** A field in which Enter or a comma turns what was typed into a chip. */
function chipField(error, changed) {
  const id = newId('email');
  let chips = [];
  const list = h('ul', { class: 'chips', 'aria-label': t('People to invite') });
  const input = h('input', { id, type: 'text', 'data-autofocus': true, autocomplete: 'off', placeholder: 'name@company.com', 'aria-describedby': error.id, onkeydown: keys, onpaste: paste, oninput: typed });
  const box = h('div', { class: 'chip-box', onclick: (event) => event.target === box && input.focus() }, list, input);

  function add(text) {
    const address = text.trim();
    if (address === '') return;
    if (!chips.some((chip) => chip.address.toLowerCase() === address.toLowerCase())) chips.push({ address, bad: !looksLikeAddress(address) });
    draw();
  }

  function keys(event) {
    if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault();
      add(input.value);
      input.value = '';
    } else if (event.key === 'Backspace' && input.value === '' && chips.length > 0) {
      chips.pop();
      draw();
    }
  }

  // A comma that comes without a key press: input methods, scripted typing.
  function typed() {
    if (!input.value.includes(',')) return;
    const parts = input.value.split(',');
    input.value = parts.pop();
    parts.forEach(add);
  }

  function paste(event) {
    const text = event.clipboardData.getData('text');
    if (!/[\s,;]/.test(text.trim())) return;
    event.preventDefault();
    text.split(/[\s,;]+/).forEach(add);
  }

  function draw() {
    list.replaceChildren(...chips.map((chip) => h('li', { class: chip.bad ? 'chip bad' : 'chip' }, h('span', {}, chip.address),
      h('button', { type: 'button', 'aria-label': t('Remove {name}', { name: chip.address }), onclick: () => { chips = chips.filter((each) => each !== chip); draw(); input.focus(); } }, icon('close')))));
    error.textContent = problem(false);
    changed();
  }

  function problem(sending) {
    const bad = chips.filter((chip) => !looksLikeAddress(chip.address)).map((chip) => chip.address);
    if (bad.length > 0) return t(bad.length === 1 ? '{emails} is not a valid email address' : '{emails} are not valid email addresses', { emails: bad.join(', ') });
    return sending && input.value.trim() !== '' ? t('Press Enter to add the address') : '';
  }

  return {
    element: h('div', { class: 'field' }, h('label', { for: id }, label('emails')), box,
      h('p', { class: 'muted small' }, t('Press Enter or comma after each address.'))),
    ready: () => chips.length > 0 && problem(false) === '',
    problem: () => problem(true),
    values: () => chips.map((chip) => chip.address),
    keep(addresses) {
      chips = chips.filter((chip) => addresses.includes(chip.address)).map((chip) => ({ ...chip, bad: true }));
      draw();
    },
    mark(addresses) {
      const text = error.textContent;
      chips = chips.map((chip) => ({ ...chip, bad: chip.bad || addresses.includes(chip.address) }));
      draw();
      error.textContent = text;
    },
  };
}
