/** Metric curves as SVG. */
import { element, number } from './elements.js';

const height = 240;
const margin = { top: 12, right: 16, bottom: 28, left: 56 };
const dotsUpTo = 40;

/**
 * A metric over the steps of several runs.
 *
 * @param {string} name
 * @param {{label: string, series: number, points: {step: number, value: number}[]}[]} curves - `series` picks the colour
 * @param {number} width - in pixels, so that text keeps its size on a narrow screen
 */
export function curveChart(name, curves, width) {
  const points = curves.flatMap((curve) => curve.points);
  const x = scale(
    points.map(({ step }) => step),
    [margin.left, width - margin.right],
  );
  const y = scale(
    points.map(({ value }) => value),
    [height - margin.bottom, margin.top],
  );
  const description = curves.map(({ label, points }) => `${label} ends at ${number(points.at(-1)?.value)}`);
  return element(
    'figure',
    {},
    element('figcaption', {}, name),
    svg(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${name}: ${description.join(', ')}` },
      ticks(y.domain, 4).map((value) => gridLine(value, y.at(value), width)),
      ticks(x.domain, 6)
        .filter(Number.isInteger)
        .map((step) => svg('text', { x: x.at(step), y: height - 8, 'text-anchor': 'middle' }, step)),
      curves.map((curve) => curveGroup(curve, x, y)),
    ),
  );
}

function curveGroup({ label, series, points }, x, y) {
  const at = points.map(({ step, value }) => `${round(x.at(step))},${round(y.at(value))}`);
  const dots = points.length > dotsUpTo ? points.slice(-1) : points;
  return svg(
    'g',
    { class: `series-${series}` },
    svg('polyline', { points: at.join(' ') }),
    dots.map(({ step, value }) =>
      svg(
        'circle',
        { cx: round(x.at(step)), cy: round(y.at(value)), r: 3 },
        svg('title', {}, `${label}: ${number(value)} at step ${step}`),
      ),
    ),
  );
}

function gridLine(value, y, width) {
  return svg(
    'g',
    { class: 'grid' },
    svg('line', { x1: margin.left, x2: width - margin.right, y1: round(y), y2: round(y) }),
    svg('text', { x: margin.left - 8, y: round(y) + 4, 'text-anchor': 'end' }, number(value)),
  );
}

/** A linear scale over finite values; one value alone lies in the middle. */
function scale(values, [from, to]) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const pad = low === high ? Math.abs(low) / 2 || 0.5 : 0;
  const domain = [low - pad, high + pad];
  return {
    domain,
    at: (value) => from + ((value - domain[0]) / (domain[1] - domain[0])) * (to - from),
  };
}

/** Round numbers within a domain, about so many. */
function ticks([low, high], about) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((multiple) => multiple * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(10)));
}

const round = (value) => Math.round(value * 10) / 10;

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  for (const child of children.flat()) node.append(child instanceof Node ? child : String(child));
  return node;
}
