// Elements and charts: functions from values to DOM nodes, without state. Charts are SVG, which scales and prints.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return node;
}

export function s(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
  return node;
}

// A picture with words for those who cannot see it. It grows with the page, but not to letters of a poster.
function picture(width, height, says, ...children) {
  return s("svg", { viewBox: `0 0 ${width} ${height}`, width: 1.5 * width, role: "img", "aria-label": says }, ...children);
}

// Of a broad chart: letters keep their size on a phone, and the chart shows less.
const broad = () => Math.max(280, Math.min(640, innerWidth - 70));

export const facts = pairs => h("dl", { class: "facts" },
  pairs.map(([name, value, small]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, `${value}`, small ? h("small", {}, ` ${small}`) : null))));

export const table = (heads, rows, name) => h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": name },
  h("table", {},
    h("thead", {}, h("tr", {}, heads.map(head => h("th", { scope: "col", class: head.number ? "number" : null }, head.text)))),
    h("tbody", {}, rows.map(row => h("tr", {},
      row.map((cell, i) => h("td", { class: heads[i].number ? "number" : null }, cell)))))));

// The phases of a round on a circle; what is done is filled, what is under way is marked.
export function ring(phases, active, centre, below, says) {
  const parts = phases.map((name, i) => {
    const from = 2 * Math.PI * (i / phases.length) - Math.PI / 2 + 0.05, to = from + 2 * Math.PI / phases.length - 0.1;
    const at = (angle, radius) => [130 + radius * Math.cos(angle), 110 + radius * Math.sin(angle)];
    const [x1, y1] = at(from, 78), [x2, y2] = at(to, 78), [x, y] = at((from + to) / 2, 101);
    const colour = i === active ? "var(--two)" : i < active ? "var(--one)" : "var(--track)";
    return [
      s("path", { d: `M${x1} ${y1}A78 78 0 0 1 ${x2} ${y2}`, fill: "none", stroke: colour, "stroke-width": 16, "stroke-linecap": "round" }),
      s("text", { x, y: y + 4, "text-anchor": x < 120 ? "end" : x > 140 ? "start" : "middle", class: i === active ? "strong" : "" }, name),
    ];
  });
  return picture(260, 225, says, parts,
    s("text", { x: 130, y: 108, "text-anchor": "middle", class: "strong big" }, centre),
    s("text", { x: 130, y: 130, "text-anchor": "middle" }, below));
}

export const steps = list => h("div", {}, list.map(({ name, count, of, why }) => h("div", {},
  h("div", { class: "step" }, h("span", {}, name),
    h("div", { class: "bar", "aria-hidden": "true" }, bar(of ? count / of : 0)), h("b", {}, `${count}`)),
  why ? h("p", { class: "quiet why" }, why) : null)));

function bar(share) {
  const fill = h("i");
  fill.style.width = `${Math.min(100, 100 * share)}%`;
  return fill;
}

// The scale of shares: from a tenth below the least to a twentieth above the most, in parts of a hundred.
export const shares = ys => {
  const low = Math.max(0, Math.floor(Math.min(...ys) * 10 - 0.5) / 10), high = Math.min(1, Math.ceil(Math.max(...ys) * 20) / 20);
  return { low, high: Math.max(high, low + 0.01), name: y => `${(100 * y).toFixed(high - low < 0.08 ? 1 : 0)}%` };
};

// The scale of amounts: from zero to the most.
export const amounts = ys => ({ low: 0, high: Math.max(...ys, 1e-6), name: y => y.toPrecision(2) });

// Lines over rounds, time or bytes. A series is {name, colour, points: [[x, y]]}.
export function lines(series, scale, xName, says, label) {
  const width = broad(), height = 250, left = 42, right = 12, top = 10, bottom = 34;
  const points = series.flatMap(each => each.points);
  if (points.length === 0) return null;
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs, Math.min(...xs) + 1)];
  const { low, high, name } = scale(ys);
  const X = x => left + (x - x0) / (x1 - x0) * (width - left - right);
  const Y = y => top + (high - y) / (high - low) * (height - top - bottom);
  const rules = Array.from({ length: 5 }, (_, i) => low + (high - low) * i / 4).map(y => [
    s("line", { x1: left, x2: width - right, y1: Y(y), y2: Y(y), stroke: "var(--grid)" }),
    s("text", { x: left - 6, y: Y(y) + 4, "text-anchor": "end" }, name(y))]);
  // Rounds are whole; minutes need not be.
  const most = Math.floor(width / 105), even = (x1 - x0) / most, step = xs.every(Number.isInteger) ? Math.ceil(even) : even;
  const ticks = Array.from({ length: Math.floor((x1 - x0) / step + 1e-9) + 1 }, (_, i) => x0 + i * step).map(x =>
    s("text", { x: X(x), y: height - 16, "text-anchor": "middle" }, label(x)));
  const drawn = series.map(each => [
    s("polyline", { points: each.points.map(p => `${X(p[0])},${Y(p[1])}`).join(" "), fill: "none", stroke: each.colour, "stroke-width": each.thin ? 1.2 : 2.4, "stroke-linejoin": "round", "stroke-dasharray": each.thin ? "4 3" : "none" }),
    each.points.length < 40 && !each.thin ? each.points.map(p => s("circle", { cx: X(p[0]), cy: Y(p[1]), r: 3, fill: each.colour })) : []]);
  return picture(width, height, says, rules, ticks, drawn,
    s("text", { x: (left + width) / 2, y: height - 2, "text-anchor": "middle" }, xName));
}

// Points of {x, y, colour, title} with y between -1 and 1; what is farther right than the end stands at the end.
export function scatter(points, end, bound, xName, yName, says) {
  const width = 320, height = 240, left = 34, right = 10, top = 20, bottom = 34;
  const X = x => left + Math.min(x, end) / end * (width - left - right), Y = y => top + (1 - y) / 2 * (height - top - bottom);
  return picture(width, height, says,
    [-1, -0.5, 0, 0.5, 1].map(y => [
      s("line", { x1: left, x2: width - right, y1: Y(y), y2: Y(y), stroke: y === 0 ? "var(--line)" : "var(--grid)" }),
      s("text", { x: left - 6, y: Y(y) + 4, "text-anchor": "end" }, `${y}`)]),
    Array.from({ length: end + 1 }, (_, x) => s("text", { x: X(x), y: height - 18, "text-anchor": "middle" }, `${x}`)),
    s("line", { x1: X(bound), x2: X(bound), y1: top, y2: height - bottom, stroke: "var(--bad)", "stroke-dasharray": "4 3" }),
    points.map(p => s("circle", { cx: X(p.x), cy: Y(p.y), r: points.length < 40 ? 6 : 3.5, fill: p.colour, "fill-opacity": 0.75 }, s("title", {}, p.title))),
    s("text", { x: left, y: 11 }, yName),
    s("text", { x: (left + width) / 2, y: height - 3, "text-anchor": "middle" }, xName));
}

// How a cell looks: shares from the least to the most, or cosines, of which those below zero have a colour of their own.
export const graded = known => {
  const low = Math.min(...known), high = Math.max(...known, low + 0.01);
  return value => ["var(--one)", 0.12 + 0.88 * (value - low) / (high - low)];
};
export const signed = known => {
  const most = Math.max(...known.map(Math.abs), 0.01);
  return value => [value < 0 ? "var(--bad)" : "var(--one)", 0.08 + 0.92 * Math.abs(value) / most];
};

// Cells of rows by columns; null is empty.
export function heat(rows, columns, values, look, says, title) {
  const cell = Math.max(4, Math.min(26, Math.floor(520 / Math.max(columns.length, 1)))), left = 118;
  const tint = look(values.flat().filter(v => v !== null)), shade = value => {
    const [fill, opacity] = tint(value);
    return { fill, "fill-opacity": opacity };
  };
  return picture(left + cell * columns.length + 4, rows.length * 20 + 22, says,
    rows.map((name, r) => [
      s("text", { x: left - 6, y: r * 20 + 14, "text-anchor": "end" }, name),
      columns.map((column, c) => values[r][c] === null ? null
        : s("rect", { x: left + c * cell, y: r * 20 + 2, width: cell - 1, height: 17, rx: 2, ...shade(values[r][c]) },
          s("title", {}, title(name, column, values[r][c]))))]),
    columns.map((column, c) => columns.length < 22 || c % Math.ceil(columns.length / 20) === 0
      ? s("text", { x: left + c * cell + cell / 2, y: rows.length * 20 + 16, "text-anchor": "middle" }, `${column}`) : null));
}

// What came in step by step: each bar stands on the one before.
export function waterfall(parts, says, title) {
  const width = broad(), height = 190, top = 16, bottom = 20, total = parts.reduce((sum, p) => sum + p.value, 0);
  const wide = width / Math.max(parts.length + 1, 8), Y = v => top + (1 - v / Math.max(total, 1)) * (height - top - bottom);
  let sum = 0;
  return picture(width, height, says,
    parts.map((part, i) => {
      const from = sum;
      sum += part.value;
      return [
        s("rect", { x: i * wide + 2, y: Y(sum), width: Math.max(1, wide - 3), height: Math.max(1, Y(from) - Y(sum)), fill: "var(--one)" }, s("title", {}, title(part))),
        parts.length < 26 || i % Math.ceil(parts.length / 25) === 0 ? s("text", { x: i * wide + wide / 2, y: height - 5, "text-anchor": "middle" }, part.name) : null];
    }),
    s("rect", { x: parts.length * wide + 2, y: Y(total), width: wide - 3, height: Y(0) - Y(total), fill: "var(--three)" }),
    s("text", { x: (parts.length + 1) * wide, y: Y(total) - 4, "text-anchor": "end", class: "strong" }, total.toLocaleString()),
    s("text", { x: parts.length * wide + wide / 2, y: height - 5, "text-anchor": "middle" }, "Σ"));
}

// Who is connected to us: nearer is faster, thicker is more traffic.
export function star(centre, spokes, says) {
  const most = Math.max(...spokes.map(p => p.bytes), 1), named = spokes.length <= 24;
  const slowest = Math.max(...spokes.map(p => p.distance), 1);
  return picture(320, 260, says,
    spokes.map((peer, i) => {
      const angle = 2 * Math.PI * i / spokes.length - Math.PI / 2, radius = 55 + 50 * peer.distance / slowest;
      const x = 160 + radius * 1.15 * Math.cos(angle), y = 128 + radius * Math.sin(angle);
      return [
        s("line", { x1: 160, y1: 128, x2: x, y2: y, stroke: peer.bad ? "var(--bad)" : "var(--one)", "stroke-opacity": 0.55, "stroke-width": 1 + 4 * peer.bytes / most }),
        s("circle", { cx: x, cy: y, r: named ? 8 : 4, fill: peer.bad ? "var(--bad)" : peer.inbound ? "var(--three)" : "var(--one)" }, s("title", {}, peer.title)),
        named ? s("text", { x, y: y + (y > 128 ? 20 : -12), "text-anchor": "middle" }, peer.name) : null];
    }),
    s("circle", { cx: 160, cy: 128, r: 12, fill: "var(--two)" }, s("title", {}, centre)));
}

// Shards flow into rounds, rounds into parameters.
export function flow(shards, rounds, says) {
  const width = broad(), shown = rounds.slice(-Math.floor(width / 80)), step = (width - 40) / Math.max(shown.length, 1);
  const few = shards.slice(0, 6);
  return picture(width, 150, says,
    few.map((shard, i) => {
      const y = 16 + i * 22;
      return [s("rect", { x: 0, y: y - 9, width: 12, height: 12, rx: 2, fill: "var(--three)" }, s("title", {}, shard.title)),
        shown.length ? s("path", { d: `M12 ${y - 3}C40 ${y - 3} 20 75 40 75`, fill: "none", stroke: "var(--three)", "stroke-opacity": 0.5 }) : null];
    }),
    shards.length > few.length ? s("text", { x: 0, y: 148 }, `+${shards.length - few.length}`) : null,
    shown.map((round, i) => {
      const x = 40 + i * step;
      return [i ? s("line", { x1: x - step + 10, x2: x - 10, y1: 75, y2: 75, stroke: "var(--one)", "stroke-width": 2 }) : null,
        s("circle", { cx: x, cy: 75, r: 9, fill: i === shown.length - 1 ? "var(--two)" : "var(--one)" }, s("title", {}, round.title)),
        s("text", { x, y: 58, "text-anchor": "middle", class: "strong" }, `${round.number}`),
        s("text", { x, y: 100, "text-anchor": "middle" }, round.digest),
        s("text", { x, y: 115, "text-anchor": "middle" }, round.accuracy)];
    }));
}
