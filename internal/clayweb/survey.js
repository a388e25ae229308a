// Lists what somebody could act on within an element, with the role and the name that a screen reader would tell. It never reads what
// fields hold. Evaluated on the element.
(scope) => {
  const roles = {
    A: 'link', BUTTON: 'button', SUMMARY: 'button', SELECT: 'combobox', TEXTAREA: 'textbox', DIALOG: 'dialog', TABLE: 'table', NAV: 'navigation',
    H1: 'heading', H2: 'heading', H3: 'heading',
  };
  const inputs = {button: 'button', submit: 'button', reset: 'button', image: 'button', checkbox: 'checkbox', radio: 'radio', search: 'searchbox'};
  const wanted = new Set(('button link textbox searchbox combobox checkbox radio switch tab menuitem menuitemradio menuitemcheckbox option ' +
    'menu listbox dialog alertdialog alert heading navigation table grid list spinbutton').split(' '));
  const visible = (node) => node.checkVisibility({visibilityProperty: true});
  const role = (node) => {
    const own = (node.getAttribute('role') || '').trim().split(/\s+/)[0];
    if (own) return own;
    if (node.tagName === 'A' && !node.hasAttribute('href')) return '';
    if (node.tagName === 'INPUT') return node.type === 'hidden' ? '' : inputs[node.type] || 'textbox';
    return roles[node.tagName] || (node.isContentEditable && node.hasAttribute('contenteditable') ? 'textbox' : '');
  };
  const clean = (text) => (text || '').replace(/\s+/g, ' ').trim();
  const silent = new Set(['SCRIPT', 'STYLE', 'SELECT', 'TEXTAREA', 'INPUT', 'TEMPLATE']);
  const spoken = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || silent.has(node.tagName)) return '';
    if (node.getAttribute('aria-hidden') === 'true' || !visible(node)) return '';
    const own = node.getAttribute('aria-label') || (node.tagName === 'IMG' ? node.alt : '');
    if (own) return own;
    const text = [...(node.shadowRoot || node).childNodes].map(spoken).join('');
    return getComputedStyle(node).display.startsWith('inline') ? text : ` ${text} `;
  };
  const byContent = new Set(['button', 'link', 'tab', 'menuitem', 'menuitemradio', 'menuitemcheckbox', 'option', 'heading', 'switch', 'checkbox', 'radio']);
  const name = (node, role) => {
    const ids = (node.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean);
    const labelled = clean(ids.map((id) => node.getRootNode().getElementById(id)).filter(Boolean).map(spoken).join(' '));
    if (labelled) return labelled;
    const label = clean(node.getAttribute('aria-label'));
    if (label) return label;
    const labels = clean([...(node.labels || [])].map(spoken).join(' '));
    if (labels) return labels;
    if (node.tagName === 'INPUT' && ['button', 'submit', 'reset'].includes(node.type)) return clean(node.value);
    const field = ['INPUT', 'TEXTAREA', 'SELECT'].includes(node.tagName) || node.isContentEditable;
    const content = byContent.has(role) && !field ? clean([...(node.shadowRoot || node).childNodes].map(spoken).join('')) : '';
    return content || clean(node.getAttribute('title')) || clean(node.getAttribute('placeholder'));
  };
  const place = (node) => {
    for (let up = node.parentElement || node.getRootNode().host; up; up = up.parentElement || up.getRootNode().host) {
      const its = role(up);
      if (its === 'menu' || its === 'listbox' || its === 'alertdialog') return its === 'alertdialog' ? 'dialog' : its;
      if (its === 'dialog' || its === 'row' || its === 'listitem') return its === 'dialog' ? 'dialog' : 'row';
      if (up.tagName === 'TR' || up.tagName === 'LI') return 'row';
      if (up.tagName === 'NAV' || up.tagName === 'ASIDE' || up.tagName === 'HEADER' && !up.closest('[role="dialog"]')) return 'frame';
    }
    return 'page';
  };
  const found = new Map();
  const walk = (node) => {
    if (found.size >= 200) return;
    if (node.getAttribute('aria-hidden') === 'true') return;
    const its = role(node);
    if (wanted.has(its) && visible(node)) {
      const thing = {
        role: its, name: name(node, its).slice(0, 400), tag: node.tagName.toLowerCase(),
        popup: node.getAttribute('aria-haspopup') || '', place: place(node),
      };
      const key = JSON.stringify(thing);
      found.set(key, {...thing, count: (found.get(key)?.count || 0) + 1});
    }
    for (const child of (node.shadowRoot || node).children) walk(child);
  };
  walk(scope);
  return JSON.stringify([...found.values()]);
}
