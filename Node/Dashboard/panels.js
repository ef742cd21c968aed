// What each section shows: functions from the node's answers to DOM nodes.
import { amounts, facts, flow, graded, h, heat, lines, ring, scatter, shares, signed, star, steps, table, waterfall } from "./charts.js";
import { clock, number, say } from "./words.js";

const phases = ["commit", "reveal", "attest", "evaluate"];

export const short = text => text.length > 14 ? `${text.slice(0, 12)}…` : text;

const percent = value => `${(100 * value).toFixed(1)} %`;

const bytes = value => value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(2)} GB`;

const legend = names => h("ul", { class: "legend" }, names.map(([mark, name]) => h("li", { class: `mark-${mark}` }, name)));

const nothing = key => h("p", { class: "quiet" }, say(key));

export function alarms(status) {
  const list = [];
  if (status.stall)
    list.push(say("stall", number(status.stall.heard), number(status.stall.stake), number(status.stall.needed), status.stall.silent.map(short).join(", ")));
  if (status.jailed.length) list.push(say("jailAlarm", status.jailed.map(short).join(", ")));
  if (status.tombstoned.length) list.push(say("tombAlarm", status.tombstoned.map(short).join(", ")));
  return list.map(text => h("p", {}, text));
}

export function chain(status, validators) {
  const silent = validators.filter(v => v.silent).length;
  const behind = status.bestPeerHeight > status.height ? say("best", number(status.bestPeerHeight)) : "";
  return facts([
    [say("height"), number(status.height), behind],
    [say("age"), status.commitAge === null ? "–" : `${(status.commitAge / 1000).toFixed(1)} s`, status.commitAge === null ? "" : say("ago")],
    [say("agreement"), say("step", status.round, status.step)],
    [say("voters"), number(status.validators), silent && status.health !== "ok" ? say("silent", silent) : ""],
    [say("peers"), number(status.peers)],
    [say("pool"), number(status.poolTransactions)],
    [say("traffic"), `${bytes(status.bytesOut)} / ${bytes(status.bytesIn)}`],
    [say("us"), short(status.address),
      status.training ? say("training", status.training.activity, status.training.progress, status.training.of) : ""],
  ]);
}

export function round(task) {
  const active = phases.indexOf(task.phase), people = task.contributors.filter(c => c.active).length;
  const done = { commit: c => c.committed, reveal: c => c.revealed }[task.phase];
  const missing = done ? task.contributors.filter(c => c.active && !done(c)).length : 0;
  const waits = task.phase === "waiting" ? say("waitsData", people, task.minContributors)
    : task.phase === "finished" ? ""
    : missing ? say("waitsFor", missing, people) : say("allIn");
  const where = waits ? `${say(task.phase)}: ${waits}` : say(task.phase);
  return [ring(phases.map(p => say(p)), task.phase === "finished" ? phases.length : active, `${Math.min(task.round, task.rounds)}`, say("ofRounds", task.rounds), where),
    h("p", { class: "quiet" }, where, active >= 0 ? ` · ${say("deadline", clock(task.deadline))}` : "")];
}

// The number after the last result stands for the round under way.
export function funnel(task, at) {
  const result = task.results.find(r => r.number === at);
  const people = task.contributors.filter(c => c.active).length;
  const now = result ?? { committed: task.contributors.filter(c => c.committed).length, revealed: task.contributors.filter(c => c.revealed).length, paid: [] };
  const taken = now.paid.filter(p => p.shares > 0).length, of = Math.max(people, now.committed), list = [
    { name: say("contributors"), count: of },
    { name: say("committed"), count: now.committed, why: result && of > now.committed ? say("lateCommit", of - now.committed) : "" },
    { name: say("revealed"), count: now.revealed, why: result && now.committed > now.revealed ? say("lateReveal", now.committed - now.revealed) : "" },
    { name: say("available"), count: now.paid.length, why: result && now.revealed > now.paid.length ? say("notHeld", now.revealed - now.paid.length) : "" },
    { name: say("paid"), count: taken, why: refused(now.paid) },
  ];
  return steps(list.map(step => ({ ...step, of })));
}

function refused(paid) {
  const of = outcome => paid.filter(p => p.outcome === outcome).length, [gated, long] = [of("gated"), of("over-norm")];
  return [gated ? say("againstRoots", gated) : "", long ? say("overNorm", long) : ""].filter(Boolean).join(", ");
}

// What rounds are drawn over.
const axes = {
  round: { name: "round", label: v => `${Math.round(v)}`, of: results => results.map(r => r.number) },
  time: { name: "minutes", label: v => v.toFixed(1), of: results => results.map(r => (r.time - results[0].time) / 60000) },
  bytes: { name: "megabytes", label: v => v.toPrecision(2), of: results => { let sum = 0; return results.map(r => (sum += r.bytes) / 1e6); } },
};

const measures = {
  accuracy: { scale: shares, text: percent, of: r => r.accuracy, own: e => e.correct / e.total, best: Math.max },
  loss: { scale: amounts, text: loss => loss.toFixed(4), of: r => r.loss, own: e => e.loss, best: Math.min },
};

export function quality(task, self, measure, axis) {
  const { scale, text, of, own, best } = measures[measure], { name, label, of: place } = axes[axis];
  const x = place(task.results), known = task.results.filter(r => of(r) !== null), last = known.at(-1);
  if (!last) return nothing("none");
  let peak = of(known[0]);
  const series = [
    { name: say("peak"), colour: "var(--three)", points: known.map(r => [x[r.number], peak = best(peak, of(r))]), thin: true },
    { name: say("own"), colour: "var(--two)", points: known.flatMap(r => r.evaluations.filter(e => e.contributor === self && e.total).map(e => [x[r.number], own(e)])) },
    { name: say("canonical"), colour: "var(--one)", points: known.map(r => [x[r.number], of(r)]) },
  ];
  return [lines(series, scale, say(name), `${say(measure)}: ${text(of(last))}`, label),
    legend([["one", `${say("canonical")} ${text(of(last))}${measure === "accuracy" ? ` (${number(last.correct)} / ${number(last.total)})` : ""}`], ["two", say("own")], ["three", `${say("peak")} ${text(peak)}`]])];
}

// The colour and the word of each outcome.
const outcomes = { "accepted": ["one", "accepted"], "gated": ["two", "gated"], "over-norm": ["three", "tooLong"] };
const normBound = 4, normEnd = 6;

// The updates of a round: how long each is beside the median, and how far it goes where the committee's roots go.
export function updates(task, round) {
  const paid = task.results[round]?.paid ?? [];
  if (paid.length === 0) return nothing("noUpdates");
  const points = paid.map(p => ({ x: p.norm, y: p.score ?? 0, colour: `var(--${outcomes[p.outcome][0]})`, title: `${p.contributor}\n${say(outcomes[p.outcome][1])}, ${say("norm")} ${p.norm.toFixed(2)}, ${say("cosine")} ${p.score === null ? "–" : p.score.toFixed(4)}` }));
  return [scatter(points, normEnd, normBound, say("norm"), say("cosine"), `${say("updates")}, ${say("round")} ${round}: ${paid.length}`),
    legend(Object.entries(outcomes).map(([outcome, [mark, word]]) => [mark, `${say(word)} ${paid.filter(p => p.outcome === outcome).length}`])),
    paid.some(p => p.score !== null) ? null : h("p", { class: "quiet" }, say("unscored"))];
}

// What each scorer's root says of each update of a round, and how far the scorers agree.
export function scorers(task, round) {
  const { paid = [], roots = [] } = task.results[round] ?? {};
  if (paid.length === 0) return nothing("noUpdates");
  if (roots.length === 0) return nothing("unscored");
  const values = paid.map((_, i) => roots.map(root => root.cosines[i] ?? null));
  const heads = [{ text: "#" }, { text: say("scorer") }, { text: say("power"), number: true }, { text: say("accord"), number: true }];
  return [heat(paid.map(p => short(p.contributor)), roots.map((_, s) => s + 1), values, signed, say("judged"),
    (who, s, value) => `${who}, ${say("scorer")} ${short(roots[s - 1].scorer)}: ${say("cosine")} ${value.toFixed(2)}`),
    table(heads, roots.map((root, s) => [s + 1, h("span", { class: "mono", title: root.scorer }, short(root.scorer)), number(root.weight), root.agreement === null ? "–" : root.agreement.toFixed(2)]), say("scorers")),
    h("p", { class: "quiet" }, say("judged"))];
}

export function peers(list, self) {
  if (list.length === 0) return nothing("noPeers");
  const spokes = list.map(p => ({ name: short(p.id).slice(0, 9), distance: Math.log2(2 + p.roundTrip), bytes: p.bytesIn + p.bytesOut, inbound: p.inbound, bad: p.packetsLost > 1000, title: `${p.id}\n${p.address}` }));
  const heads = [{ text: say("peer") }, { text: say("direction") }, { text: say("height"), number: true }, { text: say("rtt"), number: true }, { text: say("lossOfPackets"), number: true }];
  return [star(short(self), spokes, `${say("peers")}: ${list.length}`),
    table(heads, list.map(p => [h("span", { class: "mono", title: `${p.id} ${p.address}` }, short(p.id)), say(p.inbound ? "inbound" : "outbound"), number(p.height), `${p.roundTrip} ms`, number(p.packetsLost)]), say("peers"))];
}

export function grades(task) {
  const known = task.results.filter(r => r.evaluations.length).slice(-60), rows = task.contributors.map(c => c.address);
  if (known.length === 0 || rows.length === 0) return nothing("none");
  const values = rows.map(address => known.map(r => {
    const found = r.evaluations.find(e => e.contributor === address && e.total);
    return found ? found.correct / found.total : null;
  }));
  return [heat(rows.map(short), known.map(r => r.number), values, graded, say("legend"), (who, column, value) => `${who}, ${say("round")} ${column}: ${percent(value)}`),
    h("p", { class: "quiet" }, say("legend"))];
}

export function validators(list, moves) {
  const total = list.reduce((sum, v) => sum + v.power, 0), sorted = [...list].sort((a, b) => b.power - a.power);
  let [few, sum] = [0, 0];
  while (few < sorted.length && sum * 3 <= total) sum += sorted[few++].power;
  const state = v => v.tombstoned ? say("tombstoned") : v.jailedUntil ? say("jailed") : v.silent && !moves ? say("quiet") : say("fine");
  const heads = [{ text: say("address") }, { text: say("power"), number: true }, { text: "%", number: true }, { text: say("missed"), number: true }, { text: say("state") }];
  return [table(heads, sorted.map(v => [h("span", { class: "mono", title: v.address }, short(v.address)), number(v.power), (100 * v.power / total).toFixed(1), number(v.missed), state(v)]), say("validators")),
    h("p", { class: "quiet" }, say("nakamoto", few))];
}

export function rewards(task, payee, account) {
  const parts = task.results.flatMap(r => r.paid.filter(p => p.contributor === payee).map(p => ({ name: `${r.number}`, value: p.reward })));
  if (parts.length === 0) return nothing("nobody");
  return [waterfall(parts, `${say("rewards")} ${short(payee)}`, part => say("paidFor", number(part.value), part.name)),
    account ? facts([[say("balance"), number(account.balance)], [say("stake"), number(account.stake)], [say("unbonding"), number(account.unbonding)]]) : null];
}

export const payees = task => [...new Set(task.results.flatMap(r => r.paid.map(p => p.contributor)))];

export function lineage(task) {
  const shards = task.contributors.map(c => ({ title: `${c.address}\n${number(c.rows)} ${say("rows")}, ${number(c.heldOut)} ${say("heldOut")}` }));
  const rounds = task.results.map(r => ({ number: r.number, digest: r.parameters.slice(0, 8), accuracy: r.accuracy === null ? "" : percent(r.accuracy), title: `${r.parameters}\n${clock(r.time)}, ${say("height")} ${r.height}` }));
  const heads = [{ text: say("contributors") }, { text: say("rows"), number: true }, { text: say("heldOut"), number: true }];
  return [flow(shards, rounds, say("lineage")),
    table(heads, task.contributors.map(c => [h("span", { class: "mono", title: c.address }, short(c.address)), number(c.rows), number(c.heldOut)]), say("contributors"))];
}

export const isText = task => JSON.parse(task.recipe).schema.kind === "text";

// The header line of a table task; images come as files.
export function header(task) {
  const columns = JSON.parse(task.recipe).schema.columns;
  return isText(task) ? say("beginning") : columns ? `${columns.map(c => c.name).join(",")}\n…` : "";
}

export function log(blocks) {
  const heads = [{ text: say("blockOf"), number: true }, { text: say("time") }, { text: say("proposer") }, { text: say("certificate"), number: true }, { text: say("content") }];
  const content = block => {
    const said = [...block.closings.map(c => say("closed", c.round, c.parameters.slice(0, 8))), ...block.transactions.map(t => `${t.kind} ${t.says}`)];
    return said.length ? said.join(" · ") : h("span", { class: "quiet" }, say("empty"));
  };
  return table(heads, blocks.map(b => [number(b.height), clock(b.time), h("span", { class: "mono", title: b.proposer }, short(b.proposer)), number(b.signers), content(b)]), say("log"));
}
