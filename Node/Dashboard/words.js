// All words of the page, in English and Chinese. A word that is missing in one language shows its key, which a test finds.

const words = {
  en: {
    skip: "Skip to content", task: "Task", language: "Language", theme: "Light / dark", chain: "Chain",
    ring: "Learning round", funnel: "Updates of a round", replay: "Replay: round", quality: "Accuracy and loss on held-out rows", accuracy: "accuracy", loss: "loss", measure: "Show",
    updates: "How long, how far along", norm: "norm (median 1)", cosine: "cosine to the roots", accepted: "accepted", gated: "against the roots", tooLong: "too long",
    scorers: "Who judged whom", scorer: "Scorer", accord: "Agreement", judged: "A line is one contributor's update, a column one scorer's root: the deeper, the more alike; red points the other way. Agreement is with the other scorers, from -1 to 1.",
    noUpdates: "No updates in this round.", unscored: "No committee scored this round.", megabytes: "megabytes of updates and roots so far", bytes: "bytes",
    axis: "by", round: "round", time: "time", peers: "Peers", heat: "Who found the model how good", validators: "Stake",
    rewards: "Rewards", address: "Address", lineage: "Lineage of the model", try: "Try the model",
    row: "One row, as in the CSV files: its header line, then the values", beginning: "the beginning of a text", predict: "Predict", log: "What the blocks say",
    ok: "the chain moves", starting: "starting", syncing: "catching up", slow: "slow", halted: "halted", lost: "the node does not answer",
    height: "Height", age: "Last commit", ago: "ago", agreement: "Agreement", step: "round {0}, {1}", pool: "Waiting transactions",
    traffic: "Sent / received", voters: "Validators", silent: "{0} silent", best: "best peer {0}", us: "This node",
    waiting: "waiting", commit: "train", reveal: "reveal", attest: "hold", evaluate: "evaluate", finished: "done",
    ofRounds: "of {0}", waitsFor: "waits for {0} of {1}", waitsData: "waits for data: {0} of {1} contributors",
    allIn: "all are in", deadline: "until {0}", noTask: "The chain has no task. Submit one with: ledger task create",
    contributors: "Contributors", committed: "Committed", revealed: "Revealed", available: "Available", paid: "Accepted, paid", lateCommit: "{0} sent nothing in time",
    lateReveal: "{0} committed, did not reveal", notHeld: "{0} not held by two thirds of the stake", againstRoots: "{0} against the committee's roots", overNorm: "{0} more than four times too long", current: "now",
    canonical: "canonical", own: "own rows", peak: "best", none: "Nothing yet.", minutes: "minutes since the start",
    peer: "Peer", rtt: "Round trip", lossOfPackets: "Lost", direction: "Direction", inbound: "inbound", outbound: "outbound", noPeers: "No peers are connected.",
    power: "Stake", missed: "Missed", state: "State", fine: "votes", jailed: "jailed", tombstoned: "slashed", quiet: "silent",
    paidFor: "{0} in round {1}", balance: "Balance", stake: "Stake", unbonding: "Unbonding", nobody: "Nobody has been paid yet.",
    rows: "rows", heldOut: "held out", blockOf: "Height", proposer: "Proposer", content: "Content", certificate: "Votes", empty: "no transactions",
    closed: "round {0} closed: parameters {1}", stall: "No block comes: votes of {0} of {1} stake heard, {2} needed. Silent: {3}",
    jailAlarm: "Jailed: {0}", tombAlarm: "Slashed for voting twice: {0}", training: "{0}, {1} of {2}", sure: "{0}, probability {1}",
    legend: "A line is one contributor; a shade is the accuracy on its held-out rows.", nakamoto: "{0} validators together hold more than a third.",
  },
  zh: {
    skip: "跳到内容", task: "任务", language: "语言", theme: "浅色 / 深色", chain: "区块链",
    ring: "学习轮次", funnel: "一轮中的更新", replay: "回放：轮次", quality: "留出数据上的准确率与损失", accuracy: "准确率", loss: "损失", measure: "显示",
    updates: "更新的长度与方向", norm: "范数（中位数为 1）", cosine: "与根更新的余弦", accepted: "接受", gated: "与根更新相悖", tooLong: "过长",
    scorers: "谁评判了谁", scorer: "评分者", accord: "一致度", judged: "每行是一个贡献者的更新，每列是一个评分者的根更新：颜色越深越相似，红色表示方向相反。一致度是与其他评分者相比，从 -1 到 1。",
    noUpdates: "本轮没有更新。", unscored: "本轮没有委员会评分。", megabytes: "累计更新与根更新（MB）", bytes: "字节",
    axis: "横轴", round: "轮次", time: "时间", peers: "对等节点", heat: "各方对模型的评估", validators: "质押",
    rewards: "奖励", address: "地址", lineage: "模型的谱系", try: "试用模型",
    row: "一行数据，格式同 CSV 文件：先表头，再数值", beginning: "一段文字的开头", predict: "预测", log: "区块内容",
    ok: "链在前进", starting: "启动中", syncing: "追赶中", slow: "缓慢", halted: "已停止", lost: "节点没有应答",
    height: "高度", age: "最近提交", ago: "前", agreement: "共识", step: "第 {0} 轮，{1}", pool: "等待的交易",
    traffic: "发送 / 接收", voters: "验证者", silent: "{0} 个无声", best: "最高节点 {0}", us: "本节点",
    waiting: "等待", commit: "训练", reveal: "揭示", attest: "持有", evaluate: "评估", finished: "完成",
    ofRounds: "共 {0} 轮", waitsFor: "等待 {1} 中的 {0}", waitsData: "等待数据：{1} 个贡献者中已有 {0} 个",
    allIn: "全部到齐", deadline: "截止 {0}", noTask: "链上还没有任务。用此命令提交：ledger task create",
    contributors: "贡献者", committed: "已承诺", revealed: "已揭示", available: "可获取", paid: "已接受并付酬", lateCommit: "{0} 个未按时提交",
    lateReveal: "{0} 个承诺后未揭示", notHeld: "{0} 个未被三分之二质押持有", againstRoots: "{0} 个与委员会的根更新相悖", overNorm: "{0} 个长度超过四倍", current: "当前",
    canonical: "规范模型", own: "自有数据", peak: "最佳", none: "暂无。", minutes: "开始以来的分钟数",
    peer: "节点", rtt: "往返时间", lossOfPackets: "丢包", direction: "方向", inbound: "入站", outbound: "出站", noPeers: "没有连接的节点。",
    power: "质押", missed: "缺席", state: "状态", fine: "投票中", jailed: "监禁", tombstoned: "已罚没", quiet: "无声",
    paidFor: "第 {1} 轮 {0}", balance: "余额", stake: "质押", unbonding: "解除质押中", nobody: "尚未付酬。",
    rows: "行", heldOut: "留出", blockOf: "高度", proposer: "提议者", content: "内容", certificate: "票数", empty: "无交易",
    closed: "第 {0} 轮结束：参数 {1}", stall: "没有新区块：收到 {1} 质押中 {0} 的投票，需要 {2}。无声：{3}",
    jailAlarm: "被监禁：{0}", tombAlarm: "因重复投票被罚没：{0}", training: "{0}，{2} 中的 {1}", sure: "{0}，概率 {1}",
    legend: "每行是一个贡献者；颜色深浅是其留出数据上的准确率。", nakamoto: "{0} 个验证者合计持有三分之一以上。",
  },
};

let language = "en";

export const languages = Object.keys(words);

export function speak(wanted) {
  language = words[wanted] ? wanted : "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say(node.dataset.word);
}

export const say = (key, ...values) =>
  (words[language][key] ?? key).replace(/\{(\d)\}/g, (_, i) => `${values[i]}`);

export const number = value => Number(value).toLocaleString(language === "zh" ? "zh-CN" : "en");

export const clock = ms => new Date(ms).toLocaleTimeString(language === "zh" ? "zh-CN" : "en-GB");
