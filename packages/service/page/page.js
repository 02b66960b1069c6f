// The page of the service: sends a recording, draws the probabilities over time, and shows the chosen window on ECG
// paper. The recording stays in the page, and is sent again for each drawing.

const at = (id) => document.getElementById(id);
const colours = ['#2f6db5', '#b3261e', '#2d8a57', '#8a4b08', '#6a3d9a', '#00838f', '#c2185b', '#5d4037'];
const svgSpace = 'http://www.w3.org/2000/svg';
let files = [];
let answer;
let turn = 0;

function say(text, isWrong = false) {
  at('status').textContent = text;
  at('status').classList.toggle('wrong', isWrong);
}

function headers() {
  const key = at('key').value.trim();
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}

/** Sends the files to a route and returns its response; throws the service's own words if it refuses. */
async function send(route, extra) {
  const query = new URLSearchParams(extra);
  for (const name of ['fsHz', 'unit', 'leads']) {
    const value = at(name).value.trim();
    if (value !== '' && !query.has(name)) query.set(name, value);
  }
  let body = files[0];
  if (files.length > 1) {
    body = new FormData();
    for (const file of files) body.append('file', file, file.name);
  }
  const response = await fetch(`v1/ecg:${route}?${query}`, { method: 'POST', headers: headers(), body });
  if (response.ok) return response;
  const { error } = await response.json();
  throw new Error(error);
}

async function classify() {
  if (files.length === 0) return;
  const own = ++turn;
  at('result').hidden = true;
  say('The service reads the recording …');
  try {
    const model = at('model').value;
    const response = await send('classify', model === '' ? {} : { model });
    const found = await response.json();
    if (own !== turn) return;
    answer = found;
    at('recording').replaceChildren(...answer.recordings.map(({ name }, n) => new Option(name, String(n))));
    at('chooser').hidden = answer.recordings.length < 2;
    at('result').hidden = false;
    show(0);
  } catch (error) {
    if (own === turn) say(error.message, true);
  }
}

const percent = (value) => `${(100 * value).toFixed(1)} %`;

function show(number) {
  const recording = answer.recordings[number];
  const { windows, whole, skipped, notes, seconds, fsHz, usedLeads } = recording;
  at('notes').replaceChildren(
    ...[...skipped, ...notes].map((text) =>
      Object.assign(document.createElement('li'), { textContent: text }),
    ),
  );
  if (whole === null) {
    at('summary').textContent = 'The recording gave no window.';
    say(`${recording.name}: no window`, true);
  } else {
    const parts = answer.model.classes.map(
      (name) =>
        `${name}: ${percent(whole.meanProbabilities[name])} on average, ${percent(whole.shares[name])} of the windows`,
    );
    at('summary').textContent =
      `${windows.length} windows of ${answer.model.seconds} s, lead ${usedLeads.join(', ')}, ` +
      `${seconds.toFixed(1)} s at ${fsHz} Hz. ${parts.join('; ')}.`;
    say(`${recording.name}: ${windows.length} windows`);
  }
  drawChart(recording);
  drawPaper(recording, windows[0]);
}

function part(name, attributes) {
  const element = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Draws one line per class; for two classes, that of the positive class alone. */
function drawChart(recording) {
  const chart = at('chart');
  const { windows, seconds } = recording;
  const { classes, threshold } = answer.model;
  const drawn = classes.length === 2 ? classes.slice(1) : classes;
  const [width, height] = [1000, 180];
  chart.setAttribute('viewBox', `0 0 ${width} ${height}`);
  chart.setAttribute('preserveAspectRatio', 'none');
  const xOf = (s) => (width * s) / seconds;
  const yOf = (p) => height - 10 - (height - 20) * p;
  const parts = [
    part('line', {
      x1: 0,
      x2: width,
      y1: yOf(threshold),
      y2: yOf(threshold),
      stroke: '#6d6462',
      'stroke-dasharray': '6 6',
      'vector-effect': 'non-scaling-stroke',
    }),
  ];
  for (const [n, name] of drawn.entries()) {
    const d = windows
      .map(({ startS, endS, probabilities }) => {
        const y = yOf(probabilities[name]).toFixed(1);
        return `M${xOf(startS).toFixed(2)} ${y}H${xOf(endS).toFixed(2)}`;
      })
      .join('');
    parts.push(
      part('path', {
        d,
        fill: 'none',
        stroke: colours[n % colours.length],
        'stroke-width': 3,
        'vector-effect': 'non-scaling-stroke',
        'data-class': name,
      }),
    );
  }
  for (const window of windows) {
    const { startS, endS, probabilities } = window;
    const words = drawn.map((name) => `${name} ${percent(probabilities[name])}`).join(', ');
    const target = part('rect', {
      class: 'window',
      x: xOf(startS),
      width: xOf(endS) - xOf(startS),
      y: 0,
      height,
      tabindex: 0,
      role: 'button',
      'aria-label': `${startS} s: ${words}`,
    });
    target.append(Object.assign(part('title', {}), { textContent: `${startS}-${endS} s: ${words}` }));
    target.addEventListener('click', () => drawPaper(recording, window, target));
    target.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter' || key === ' ') drawPaper(recording, window, target);
    });
    parts.push(target);
  }
  chart.replaceChildren(...parts);
  at('legend').replaceChildren(
    ...drawn.map((name, n) => {
      const entry = document.createElement('span');
      const mark = document.createElement('i');
      mark.style.background = colours[n % colours.length];
      entry.append(mark, name);
      return entry;
    }),
    `dashed: threshold ${threshold}`,
  );
}

async function drawPaper({ name, usedLeads, leads }, window, target) {
  for (const old of at('chart').querySelectorAll('.chosen')) old.classList.remove('chosen');
  target?.classList.add('chosen');
  const startS = window?.startS ?? 0;
  const seconds = Math.min(60, window === undefined ? 10 : window.endS - startS);
  at('paperTitle').textContent = `ECG paper, from ${startS} s`;
  const query = { startS: String(startS), seconds: String(seconds), leads: usedLeads[0] ?? leads[0] };
  if (answer.recordings.length > 1) query.record = name;
  try {
    const drawing = await (await send('paper', query)).blob();
    URL.revokeObjectURL(at('paper').src);
    at('paper').src = URL.createObjectURL(drawing);
    at('paper').alt = `${name}, lead ${query.leads}, ${startS}-${startS + seconds} s on ECG paper`;
  } catch (error) {
    say(error.message, true);
  }
}

function take(list) {
  files = [...list];
  classify();
}

async function listModels() {
  const response = await fetch('v1/models', { headers: headers() });
  if (!response.ok) {
    say('The service needs an API key.', response.status === 401);
    return;
  }
  const { models } = await response.json();
  at('model').replaceChildren(...models.map(({ name }) => new Option(name)));
  say('');
}

at('file').addEventListener('change', () => take(at('file').files));
for (const id of ['model', 'fsHz', 'unit', 'leads']) at(id).addEventListener('change', classify);
at('key').addEventListener('change', async () => {
  await listModels();
  classify();
});
at('recording').addEventListener('change', () => show(Number(at('recording').value)));
at('form').addEventListener('submit', (event) => event.preventDefault());
const drop = at('drop');
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
document.addEventListener('dragleave', () => drop.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  take(event.dataTransfer.files);
});
await listModels();
document.body.dataset.ready = 'true';
