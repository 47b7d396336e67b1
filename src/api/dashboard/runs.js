import { curveChart } from './chart.js';
import { badge, element, number, show, table, time } from './elements.js';
import { currentKey, forgetKey, get, keepKey, takeKeyFromAddress } from './session.js';

const refreshMs = 3000;
const maxCompared = 10;
const byId = (id) => document.getElementById(id);
const [keyForm, keyInput, page, state] = ['key-form', 'key', 'page', 'state'].map(byId);
const [search, where, sort, problem] = ['search', 'where', 'sort', 'problem'].map(byId);
const [runList, more, comparison] = ['runs', 'more', 'comparison'].map(byId);

/** Runs to compare, in the order they were chosen in. */
let chosen = [];
/** How many runs the list shows. */
let shownRuns = 25;
let timer;

takeKeyFromAddress();
readAddress();
keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  keepKey(keyInput.value.trim());
  keyInput.value = '';
  void refresh();
});
search.addEventListener('submit', (event) => {
  event.preventDefault();
  shownRuns = 25;
  writeAddress();
  void refresh();
});
more.addEventListener('click', () => {
  shownRuns += 25;
  void refresh();
});
addEventListener('hashchange', () => {
  takeKeyFromAddress();
  void refresh();
});
addEventListener('resize', () => void refresh());
void refresh();

/** Search and choice stand in the address, so that they can be sent to a colleague. */
function readAddress() {
  const given = new URLSearchParams(location.search);
  where.value = given.get('where') ?? '';
  sort.value = given.get('sort') ?? '';
  chosen = given.getAll('run').slice(0, maxCompared);
}

function writeAddress() {
  const given = new URLSearchParams();
  if (where.value.trim() !== '') given.set('where', where.value.trim());
  if (sort.value.trim() !== '') given.set('sort', sort.value.trim());
  for (const id of chosen) given.append('run', id);
  history.replaceState(null, '', `${location.pathname}?${given}`);
}

async function refresh() {
  clearTimeout(timer);
  keyForm.hidden = currentKey() !== null;
  page.hidden = !keyForm.hidden;
  if (page.hidden) return;
  try {
    const [{ runs, nextCursor }, compared] = await Promise.all([get(searchPath()), getComparison()]);
    show(runList, [
      runs.length > 0 ? runTable(runs) : element('p', { class: 'empty' }, 'No run is like that.'),
    ]);
    more.hidden = nextCursor === null || shownRuns >= 200;
    show(comparison, compared === null ? [] : comparisonSection(compared));
    problem.hidden = true;
    say(`as of ${new Date().toISOString().slice(11, 19)}; all times in UTC`);
  } catch (error) {
    if (error.refused) {
      askForKey(error.message);
      return;
    }
    problem.textContent = error.message;
    problem.hidden = false;
    say('');
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, refreshMs);
}

function searchPath() {
  const given = new URLSearchParams({ limit: String(Math.min(shownRuns, 200)) });
  if (where.value.trim() !== '') given.set('where', where.value.trim());
  if (sort.value.trim() !== '') given.set('sort', sort.value.trim());
  return `/runs?${given}`;
}

function getComparison() {
  if (chosen.length === 0) return null;
  return get(`/run-comparison?${new URLSearchParams(chosen.map((id) => ['run', id]))}`);
}

function say(message) {
  state.textContent = message;
  state.classList.remove('bad');
}

function askForKey(message) {
  forgetKey();
  runList.replaceChildren();
  comparison.replaceChildren();
  page.hidden = true;
  keyForm.hidden = false;
  state.textContent = message;
  state.classList.add('bad');
  keyInput.focus();
}

function runTable(runs) {
  return table(
    'Newest runs, or those that the filter finds',
    ['compare', 'run', 'model', 'trainer', 'status', 'started', 'seconds', 'version', 'metrics', 'tags'],
    runs.map((run) => [
      choice(run),
      element('code', { title: run.id }, run.id.slice(0, 8)),
      run.model,
      run.trainer,
      badge(run.status),
      time(run.startedAt),
      run.durationSeconds === null ? '' : number(run.durationSeconds),
      run.version === null ? '' : `v${run.version}`,
      pairs(run.metrics),
      pairs(run.tags),
    ]),
  );
}

function choice({ id }) {
  const box = element('input', { type: 'checkbox', 'aria-label': `compare run ${id.slice(0, 8)}` });
  // As an attribute, too: what is shown is compared with what was.
  if (chosen.includes(id)) box.setAttribute('checked', '');
  box.addEventListener('change', () => {
    chosen = box.checked ? [...chosen, id].slice(-maxCompared) : chosen.filter((other) => other !== id);
    writeAddress();
    void refresh();
  });
  return box;
}

function pairs(record) {
  return Object.entries(record)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? number(value) : value}`)
    .join(', ');
}

function comparisonSection({ runs, rows }) {
  const heading = runs.length === 1 ? 'One run' : `${runs.length} runs side by side`;
  return [
    element('h2', {}, heading),
    element('p', { class: 'legend' }, runs.map(legendEntry)),
    element('div', { class: 'charts' }, charts(runs)),
    table(
      runs.length === 1 ? 'What it was given, and what it reached' : 'Marked rows differ',
      ['', ...runs.map(({ id }) => id.slice(0, 8))],
      rows.map((row) => [rowName(row), ...row.values.map((value) => comparedValue(value, row.differs))]),
    ),
  ];
}

function rowName({ group, name, differs }) {
  const full = group === 'facts' ? name : `${group}.${name}`;
  return differs ? element('strong', {}, `≠ ${full}`) : full;
}

function comparedValue(value, differs) {
  const text = typeof value === 'number' ? number(value) : (value ?? '–');
  const isHash = /^[0-9a-f]{40,64}$/.test(text);
  return element(
    differs ? 'strong' : 'span',
    { class: 'value', ...(isHash ? { title: text } : {}) },
    isHash ? text.slice(0, 12) : text,
  );
}

function legendEntry({ id, model, trainer, status }, series) {
  return element(
    'span',
    { class: `series-${series}` },
    element('span', { class: 'swatch' }),
    ` ${id.slice(0, 8)} ${model}, ${trainer}, ${status}`,
  );
}

function charts(runs) {
  const names = [...new Set(runs.flatMap(({ curves }) => curves.map(({ name }) => name)))];
  const width = Math.max(280, Math.min(560, page.clientWidth - 8));
  return names.map((name) =>
    curveChart(
      name,
      runs.flatMap(({ id, curves }, series) => {
        const curve = curves.find((each) => each.name === name);
        return curve === undefined ? [] : [{ label: id.slice(0, 8), series, points: curve.points }];
      }),
      width,
    ),
  );
}
