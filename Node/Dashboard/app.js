// The page: asks the node, hears of changes by server-sent events, and draws each section again when its values changed.
import * as panels from "./panels.js";
import { h } from "./charts.js";
import { say, speak } from "./words.js";

// Rows are evaluated while the next rounds go on: so many old rounds are asked for again.
const blocksKept = 60, redrawEveryMs = 400, lateRounds = 20;
const seen = { status: null, tasks: [], task: null, peers: [], validators: [], account: null, blocks: [] };
const chosen = { task: null, round: null, payee: null, measure: "accuracy", axis: "round" };
const drawn = new Map();
let busy = false, again = false;

const find = id => document.getElementById(id);

async function ask(path, options) {
  const response = await fetch(`v1/${path}`, options), answer = await response.json();
  if (!response.ok) throw new Error([answer.error, answer.hint].filter(Boolean).join(" – "));
  return answer;
}

// Draws a section unless it would look the same; a person may be reading or scrolling it.
function draw(id, make, ...values) {
  const key = values.map(value => value?.stamp ?? JSON.stringify(value)).join() + document.documentElement.lang + innerWidth;
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  const body = find(id).querySelector(".body"), scrolled = body.querySelector(".scroll")?.scrollTop;
  body.replaceChildren(...[make(...values)].flat().filter(Boolean));
  if (scrolled) body.querySelector(".scroll")?.scrollTo(0, scrolled);
}

function choices(select, list, value) {
  const key = JSON.stringify(list);
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    select.replaceChildren(...list.map(([id, name]) => h("option", { value: id }, name)));
  }
  if (value !== null) select.value = value;
}

function show() {
  const { status, task } = seen;
  if (!status) return;
  find("network").textContent = status.network;
  document.title = `${status.network} · ${status.height} · Ledger`;
  tell(status.health);
  const alarms = panels.alarms(status), text = alarms.map(a => a.textContent).join();
  if (find("alarms").textContent !== text) find("alarms").replaceChildren(...alarms);
  draw("chain", panels.chain, status, seen.validators);
  draw("peers", panels.peers, seen.peers, status.peer);
  draw("validators", panels.validators, seen.validators, status.health === "ok");
  draw("log", panels.log, seen.blocks);
  choices(find("task"), seen.tasks.map(t => [t.id, t.name]), chosen.task);
  if (task) showTask(status, task);
  else draw("ring", () => h("p", { class: "quiet" }, say("noTask")));
}

function showTask(status, task) {
  draw("ring", panels.round, task);
  const newest = task.results.at(-1)?.number ?? 0, slider = find("replay");
  slider.max = newest + 1;
  slider.value = chosen.round ?? newest;
  find("replayed").textContent = +slider.value > newest ? say("current") : slider.value;
  draw("funnel", panels.funnel, task, +slider.value);
  draw("updates", panels.updates, task, +slider.value);
  draw("scorers", panels.scorers, task, +slider.value);
  draw("quality", panels.quality, task, status.address, chosen.measure, chosen.axis);
  draw("heat", panels.grades, task);
  draw("lineage", panels.lineage, task);
  find("row").placeholder = panels.header(task);
  const payees = panels.payees(task);
  chosen.payee ??= payees.includes(status.address) ? status.address : payees[0] ?? null;
  choices(find("payee"), payees.map(a => [a, panels.short(a)]), chosen.payee);
  draw("rewards", panels.rewards, task, chosen.payee, seen.account);
}

async function blocks(height) {
  const known = seen.blocks[0]?.height ?? 0, from = Math.max(known + 1, height - blocksKept + 1, 1);
  const fresh = [];
  for (let at = height; at >= from && fresh.length < 20; at--) fresh.push(await ask(`blocks/${at}`));
  seen.blocks = [...fresh, ...seen.blocks].slice(0, blocksKept);
}

// A task may have thousands of rounds: only the newest are asked for, and compared by a stamp.
async function taskOf(id) {
  const known = seen.task?.id === id ? seen.task : { results: [] }, from = Math.max(0, known.results.length - lateRounds);
  const task = await ask(`tasks/${id}?from=${from}`), stamp = JSON.stringify(task);
  return stamp === known.stamp ? known : { ...task, results: [...known.results.slice(0, from), ...task.results], stamp };
}

// One look at everything; a change meanwhile means one more.
async function refresh() {
  if (busy) return void (again = true);
  busy = true;
  try {
    [seen.status, seen.tasks, seen.peers, seen.validators] = await Promise.all(["status", "tasks", "peers", "validators"].map(path => ask(path)));
    chosen.task ??= seen.tasks[0]?.id ?? null;
    seen.task = chosen.task ? await taskOf(chosen.task) : null;
    seen.account = chosen.payee ? await ask(`accounts/${chosen.payee}`) : null;
    await blocks(seen.status.height);
    show();
  } catch {
    lost();
  }
  await new Promise(resolve => setTimeout(resolve, redrawEveryMs));
  busy = false;
  if (again) again = false, refresh();
}

// Told only when it is another: a screen reader says each change aloud.
function tell(health) {
  const place = find("health");
  if (place.textContent !== say(health)) [place.textContent, place.className] = [say(health), health];
}

const lost = () => tell("lost");

function listen() {
  const events = new EventSource("v1/events");
  events.addEventListener("status", event => {
    seen.status = JSON.parse(event.data);
    show();
    refresh();
  });
  events.onerror = lost;
}

async function predict(event) {
  event.preventDefault();
  const body = find("try").querySelector(".body");
  try {
    const answer = await ask(`tasks/${chosen.task}/predict`, { method: "POST", body: find("row").value, headers: { "Content-Type": panels.isText(seen.task) ? "text/plain" : "text/csv" } });
    body.replaceChildren(...answer.continuation ? [h("p", { class: "answer" }, find("row").value + answer.continuation)] : answer.predictions.map(p => h("p", { class: "answer" },
      p.value == null ? say("sure", p.class, p.probability.toFixed(4)) : String(p.value))));
  } catch (fault) {
    body.replaceChildren(h("p", { class: "fault" }, fault.message));
  }
}

function begin() {
  const stored = key => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private browsing */ } };
  const language = stored("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  if (stored("theme")) document.documentElement.dataset.theme = stored("theme");
  find("language").value = language;
  speak(language);
  find("language").onchange = event => { speak(event.target.value); store("language", event.target.value); show(); };
  find("theme").onclick = () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    store("theme", document.documentElement.dataset.theme = dark ? "light" : "dark");
  };
  find("task").onchange = event => { [chosen.task, chosen.round, chosen.payee] = [event.target.value, null, null]; refresh(); };
  // The newest round that is done is followed; the place after it is the round under way.
  find("replay").oninput = event => { chosen.round = +event.target.value === event.target.max - 1 ? null : +event.target.value; show(); };
  find("measure").onchange = event => { chosen.measure = event.target.value; show(); };
  find("axis").onchange = event => { chosen.axis = event.target.value; show(); };
  find("payee").onchange = event => { chosen.payee = event.target.value; refresh(); };
  find("predict").onsubmit = predict;
  onresize = show;
  refresh();
  listen();
}

begin();
