/**
 * Makes an element. Children that are no elements become text nodes: nothing from the API is ever read as markup.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...unknown} children - null and undefined are left out
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/**
 * A table with a caption; `rows` are lists of cells. Each cell knows its heading, which a narrow screen shows beside
 * it. An empty table says so.
 */
export function table(caption, headings, rows) {
  if (rows.length === 0) return element('p', { class: 'empty' }, `${caption}: none yet`);
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, tableRow(headings.map((heading) => element('th', { scope: 'col' }, heading)))),
      element(
        'tbody',
        {},
        rows.map((cells) =>
          tableRow(cells.map((cell, i) => element('td', { 'data-heading': headings[i] }, cell))),
        ),
      ),
    ),
  );
}

function tableRow(cells) {
  return element('tr', {}, cells);
}

/** A word with the colour of what it means. */
export function badge(word) {
  const meanings = {
    passed: 'good',
    stable: 'good',
    promoted: 'good',
    succeeded: 'good',
    continue: 'good',
    failed: 'bad',
    drifted: 'bad',
    'roll-back': 'bad',
    'rolled-back': 'bad',
  };
  return element('span', { class: `badge ${meanings[word] ?? 'neutral'}` }, word);
}

/** Puts nodes into a place, leaving what has not changed as it is, with the reader's selection and scroll position. */
export function show(place, nodes) {
  nodes.forEach((node, i) => {
    const shown = place.children[i];
    if (shown === undefined) place.append(node);
    else if (!shown.isEqualNode(node)) shown.replaceWith(node);
  });
  while (place.children.length > nodes.length) place.lastElementChild.remove();
}

export function time(iso) {
  if (iso === undefined) return '';
  return element('time', { datetime: iso }, minute(iso));
}

export function minute(iso) {
  return new Date(iso).toISOString().replace('T', ' ').slice(0, 16);
}

/** Whole numbers in full, others with four digits that count. */
export function number(value) {
  if (typeof value !== 'number') return '–';
  return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(4)));
}
