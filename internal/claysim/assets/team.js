// The Team page.
import { config, label, offeredRoles, t } from './config.js';
import * as api from './api.js';
import { h, openDialog, toast } from './ui.js';
import { memberTable } from './table.js';
import { openInviteDialog } from './invite.js';
import { teamTabs } from './groups.js';

export function teamPage(workspace, me) {
  const base = `/v3/workspaces/${workspace.id}`;
  const count = h('span', { class: 'count' });
  const trouble = h('div', { class: 'trouble', hidden: true });
  const table = memberTable({
    roles: () => offeredRoles(workspace),
    changeRole: (person, roleId) => write(t('Role of {name} updated', { name: person.name || person.email }), () =>
      api.patch(person.pending ? `${base}/invitations/${person.invitationId}` : `${base}/users/${person.userId}`, { roleId })),
    resend: (person) => write(t('Invitation sent again to {email}', person), () => api.post(`${base}/invitations/${person.invitationId}/resend`)),
    cancel: (person) => write(t('Invitation of {email} cancelled', person), () => api.del(`${base}/invitations/${person.invitationId}`)),
    remove: confirmRemoval,
  });

  async function load() {
    trouble.hidden = true;
    try {
      const [users, permissions, counts, groups] = await Promise.all([
        api.users(workspace.id), api.permissions(workspace.id), api.workspace(workspace.id), shownGroups(workspace, base)]);
      table.show(people(users, permissions, groups, me), counts.memberCount + counts.pendingCount);
      count.textContent = t('{members} members · {pending} pending', { members: counts.memberCount, pending: counts.pendingCount });
    } catch (refusal) {
      if (refusal.type === 'Unauthorized') return;
      trouble.replaceChildren(h('p', { role: 'alert' }, refusal.message), h('button', { type: 'button', class: 'button', onclick: load }, t('Try again')));
      trouble.hidden = false;
      table.element.setAttribute('aria-busy', 'false');
    }
  }

  /** Runs a write, says how it went, and shows the list anew. */
  async function write(success, act) {
    try {
      await act();
      toast(success);
    } catch (refusal) {
      if (refusal.type === 'Unauthorized') return;
      toast(refusal.message, true);
    }
    await load();
  }

  /** Asks before it removes whom the row shows, and goes on to be about the row: a row that gets somebody else draws its dialog anew. */
  function confirmRemoval(shown) {
    const nameOf = (person) => person.name || person.email;
    const title = h('span', {});
    const text = h('p', {});
    shown.redraw = () => {
      const { person } = shown;
      const name = nameOf(person);
      title.textContent = t('Remove {name}?', { name });
      text.textContent = person.pending
        ? t('The invitation of {email} will stop working.', person)
        : t('{name} ({email}) will lose access to {workspace} at once. Tables and workbooks go to the longest-tenured admin.', { name, email: person.email, workspace: workspace.name });
    };
    shown.redraw();
    const act = (person) => (person.pending
      ? write(t('Invitation of {email} cancelled', person), () => api.del(`${base}/invitations/${person.invitationId}`))
      : write(t('{name} was removed', { name: nameOf(person) }), () => api.del(`${base}/users/${person.userId}`)));
    const close = openDialog({
      title, name: 'confirm', body: text,
      footer: [
        h('button', { type: 'button', class: 'button', 'data-autofocus': true, onclick: () => close() }, label('cancel')),
        h('button', { type: 'button', class: 'button danger', onclick: () => { close(); act(shown.person); } }, label('confirmRemove')),
      ],
    });
    api.tellDialog('remove');
  }

  load();
  return h('section', { class: 'page team' },
    h('div', { class: 'page-head' },
      h('div', {}, h('h1', {}, label('team')), h('p', { class: 'muted' }, t('Manage who has access to this workspace.'), ' ', count)),
      h('button', { type: 'button', class: 'button primary', onclick: () => openInviteDialog(workspace, load) }, label('invite'))),
    teamTabs(workspace, 'members'), trouble, table.element);
}

/** The groups, where the rows of their members show them. */
async function shownGroups(workspace, base) {
  return config.variant.memberGroups && workspace.featureFlags.groups ? (await api.get(`${base}/groups`)).groups : [];
}

/** Members first, then invitations, in the order of the answer. */
function people(users, permissions, groups, me) {
  const names = new Map(users.map((user) => [user.id, user]));
  return permissions.map((permission) => {
    const user = permission.pending ? null : names.get(permission.user.id) || permission.user;
    return {
      email: permission.email, roleId: permission.roleId, pending: permission.pending, invitationId: permission.invitationId,
      userId: user?.id, name: user?.fullName, self: user?.id === me.id,
      groups: groups.filter((group) => group.userIds.includes(user?.id)).map((group) => group.name),
    };
  });
}
