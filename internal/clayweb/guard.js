// Lets clicks and choices reach the page only while an element is about whom it was found for. Evaluated on the element with
// {own, other, rows}: XPath conditions that must and must not hold there, and, for a row, the selector of all rows: what happens in another
// one is stopped too. From the first event that is stopped on, all are. Returns an object whose end() takes the guard away and says what
// came through.
(node, {own, other, rows}) => {
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'input', 'change'];
  const holds = (condition) => document.evaluate(condition, node, null, XPathResult.BOOLEAN_TYPE).booleanValue;
  const elsewhere = (target) => {
    const row = rows && target.closest && target.closest(rows);
    return row && !row.contains(node) && !node.contains(row);
  };
  let passed = false;
  let stopped = false;
  const look = (event) => {
    stopped = stopped || !node.isConnected || !holds(own) || holds(other) || elsewhere(event.target);
    if (!stopped) {
      passed = true;
      return;
    }
    event.stopImmediatePropagation();
    event.preventDefault();
  };
  for (const kind of kinds) window.addEventListener(kind, look, true);
  return {
    end: () => {
      for (const kind of kinds) window.removeEventListener(kind, look, true);
      return {passed, stopped};
    },
  };
}
