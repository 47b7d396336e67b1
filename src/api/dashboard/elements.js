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

/** A table with a caption; `rows` are lists of cells. An empty one says so. */
export function table(caption, headings, rows) {
  if (rows.length === 0) return element('p', { class: 'empty' }, `${caption}: none yet`);
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        headings.map((heading) => element('th', { scope: 'col' }, heading)),
      ),
    ),
    element(
      'tbody',
      {},
      rows.map((cells) =>
        element(
          'tr',
          {},
          cells.map((cell) => element('td', {}, cell)),
        ),
      ),
    ),
  );
}

/** A word with the colour of what it means. */
export function badge(word) {
  const meanings = {
    passed: 'good',
    stable: 'good',
    promoted: 'good',
    continue: 'good',
    failed: 'bad',
    drifted: 'bad',
    'roll-back': 'bad',
    'rolled-back': 'bad',
  };
  return element('span', { class: `badge ${meanings[word] ?? 'neutral'}` }, word);
}
