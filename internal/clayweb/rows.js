// Reads the rows of members that are in the document now, and moves the list on. It interprets nothing: what a text means is
// decided outside. Evaluated with {selector, move}: move is "top", "down" or "".
async ({selector, move}) => {
  const mail = /^[^\s@]+@[^\s@]+$/;
  const clean = (text) => (text || '').replace(/\s+/g, ' ').trim();
  const visible = (node) => node.checkVisibility ? node.checkVisibility() : node.getClientRects().length > 0;
  const leaves = (node, but = 'option') => {
    const texts = [];
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = clean(walker.currentNode.data);
      const parent = walker.currentNode.parentElement;
      if (text && !parent.closest('option, script, style') && !parent.closest(but) && visible(parent)) texts.push(text);
    }
    return texts;
  };
  const cells = (row) => [...row.children].map((cell) => {
    const link = cell.matches('a[href]') ? cell : cell.querySelector('a[href]');
    return {texts: leaves(cell, '[aria-hidden="true"]'), link: link ? link.getAttribute('href') : ''};
  });
  const control = (row) => {
    const select = row.querySelector('select');
    if (select) return clean(select.selectedOptions[0] && select.selectedOptions[0].textContent);
    const button = row.querySelector('[role="combobox"], [aria-haspopup="listbox"]');
    return button ? clean(button.textContent || button.value) : '';
  };
  const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const rows = () => [...document.querySelectorAll(selector)].filter((row) => !row.querySelector(selector) && visible(row));
  const scrollers = () => {
    const found = new Set();
    for (const row of rows()) {
      for (let node = row.parentElement; node; node = node.parentElement) {
        const style = getComputedStyle(node).overflowY;
        if ((style === 'auto' || style === 'scroll') && node.scrollHeight > node.clientHeight + 1) { found.add(node); break; }
      }
    }
    if (found.size === 0 && document.scrollingElement) found.add(document.scrollingElement);
    return [...found];
  };
  const bottom = (node) => node.scrollTop + node.clientHeight >= node.scrollHeight - 2;

  if (move === 'top') for (const node of scrollers()) node.scrollTop = 0;
  if (move === 'down') for (const node of scrollers()) node.scrollTop += Math.max(1, Math.floor(node.clientHeight * 0.8));
  if (move) await frames();

  const counted = new Map();
  const result = rows().map((row) => {
    const table = row.closest('[aria-rowcount]');
    const headers = row.querySelectorAll('th, [role="columnheader"]').length;
    const index = Number(row.getAttribute('aria-rowindex')) || 0;
    const texts = leaves(row);
    if (table && headers && !counted.has(table)) counted.set(table, 1);
    return {texts, control: control(row), index, header: headers > 0 && !texts.some((text) => mail.test(text)), cells: cells(row)};
  });
  const tables = [...document.querySelectorAll('[aria-rowcount]')].filter((table) => visible(table) && !table.closest('[role="dialog"]'))
    .map((table) => ({count: Number(table.getAttribute('aria-rowcount')) || 0, headers: counted.get(table) || 0}));
  const ends = scrollers();
  return JSON.stringify({
    rows: result, tables,
    atEnd: ends.every(bottom),
    busy: !!document.querySelector('main [aria-busy="true"], main [role="progressbar"], table[aria-busy="true"]'),
  });
}
