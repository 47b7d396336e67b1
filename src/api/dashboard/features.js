import { element, table } from './elements.js';
import { currentKey, forgetKey, get, keepKey, takeKeyFromAddress } from './session.js';

const keyForm = document.querySelector('#key-form');
const keyInput = document.querySelector('#key');
const searchForm = document.querySelector('#search-form');
const search = document.querySelector('#search');
const state = document.querySelector('#state');
const views = document.querySelector('#views');

takeKeyFromAddress();
keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  keepKey(keyInput.value.trim());
  keyInput.value = '';
  void show();
});
searchForm.addEventListener('submit', (event) => event.preventDefault());
search.addEventListener('input', filter);
addEventListener('hashchange', () => {
  takeKeyFromAddress();
  void show();
});
void show();

async function show() {
  keyForm.hidden = currentKey() !== null;
  searchForm.hidden = !keyForm.hidden;
  if (!keyForm.hidden) return;
  try {
    const { entities, views: list } = await get('/features');
    const details = await Promise.all(list.map(({ name }) => get(`/features/${encodeURIComponent(name)}`)));
    views.replaceChildren(
      ...(details.length > 0 ? details.map(viewCard) : [noViews()]),
      table(
        'Entities',
        ['entity', 'keys', 'version', 'description'],
        entities.map(({ name, keys, version, description }) => [name, keysText(keys), version, description]),
      ),
    );
    filter();
    say(`${details.length} feature views; all times in UTC`, { failed: false });
  } catch (error) {
    say(error.message, { failed: true });
    if (!error.refused) return;
    forgetKey();
    views.replaceChildren();
    keyForm.hidden = false;
    searchForm.hidden = true;
    keyInput.focus();
  }
}

/** Leaves only the views in which the words are found. */
function filter() {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const card of views.querySelectorAll('article')) {
    const text = card.textContent.toLowerCase();
    card.hidden = !words.every((word) => text.includes(word));
  }
}

function say(message, { failed }) {
  state.textContent = message;
  state.classList.toggle('bad', failed);
}

function noViews() {
  return element(
    'p',
    { class: 'empty' },
    'No feature view is registered yet: tempered features apply <file>',
  );
}

function viewCard(view) {
  return element(
    'article',
    { id: view.name },
    element(
      'h2',
      {},
      `${view.name} `,
      element('span', { class: 'badge neutral' }, `version ${view.version}`),
    ),
    element('p', {}, view.description),
    facts(view),
    table(
      'Features',
      ['feature', 'type', 'default', 'missing', 'distinct', 'min', 'mean', 'max', 'used by', 'description'],
      view.features.map((feature) => featureRow(feature, view.statistics)),
    ),
    table(
      'Models',
      ['model', 'versions', 'definition', 'features'],
      view.models.map(({ model, versions, current, features }) => [
        model,
        versions.join(', ') || 'none yet',
        current ? 'current' : 'earlier',
        features.join(', '),
      ]),
    ),
    announcements(view),
    definition(view),
  );
}

function facts(view) {
  const { entity, statistics } = view;
  return element(
    'dl',
    { class: 'facts' },
    fact('Owner', view.owner),
    fact('Entity', `${entity.name} (${keysText(entity.keys)})`),
    fact('Counts for', hours(view.ttlHours)),
    fact('Newest event', moment(view.newestEventTime)),
    fact('Known up to', moment(view.watermark)),
    fact('Materialized', moment(view.materializedAt)),
    fact(
      'Statistics of',
      statistics === null
        ? 'nothing yet'
        : `${count(statistics.rows)} rows, ${count(statistics.entities)} entities`,
    ),
  );
}

function fact(name, value) {
  return element('div', {}, element('dt', {}, name), element('dd', {}, value));
}

function featureRow(feature, sample) {
  const { statistics } = feature;
  const missing =
    statistics === null || sample.rows === 0
      ? '–'
      : `${((100 * statistics.missing) / sample.rows).toFixed(1)} %`;
  return [
    element('code', {}, feature.name),
    feature.type,
    feature.default ?? 'none',
    missing,
    statistics === null ? '–' : count(statistics.distinct),
    number(statistics?.min),
    number(statistics?.mean),
    number(statistics?.max),
    feature.models.join('; ') || '–',
    feature.description ?? '',
  ];
}

function announcements({ announcedTo }) {
  if (announcedTo.length === 0) return null;
  return element('p', {}, `Announced to models that could use it: ${announcedTo.join(', ')}`);
}

/** How the view is computed, folded away. */
function definition(view) {
  const { aggregation } = view;
  return element(
    'details',
    {},
    element('summary', {}, 'How it is computed'),
    element(
      'p',
      {},
      `From the source ${view.source}; happened at ${view.eventTime}, known at ${view.ingestionTime}. `,
      aggregation === null
        ? 'Each row of the source is a feature row.'
        : `Every ${aggregation.everyMinutes} minutes over the ${hours(aggregation.windowMinutes / 60)} before.`,
    ),
    table('Columns', ['column', 'SQL'], sqlRows(Object.entries(view.columns))),
    aggregation === null
      ? null
      : table(
          'Aggregates',
          ['feature', 'SQL'],
          sqlRows(view.features.map(({ name, computedBy }) => [name, computedBy])),
        ),
  );
}

function sqlRows(entries) {
  return entries.map(([name, sql]) => [element('code', {}, name), element('code', {}, sql)]);
}

function keysText(keys) {
  return Object.entries(keys)
    .map(([key, type]) => `${key}: ${type}`)
    .join(', ');
}

function hours(value) {
  return value === 1 ? '1 hour' : `${count(value)} hours`;
}

function moment(text) {
  return text === null ? 'never' : text.slice(0, 16).replace('T', ' ');
}

function count(value) {
  return value.toLocaleString('en');
}

function number(value) {
  return value === null || value === undefined ? '–' : String(Number(value.toPrecision(4)));
}
