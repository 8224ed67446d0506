import { subscribe } from './mqtt.js';

const POINTS = 120;
const devices = new Map();
const byId = (id) => document.getElementById(id);
let count = 0;

/** The card of a device; made when it is first heard of. */
function card(name) {
  let device = devices.get(name);
  if (!device) {
    const article = document.createElement('article');
    article.id = 'device-' + name;
    article.innerHTML = '<h2><span></span><small></small></h2><dl></dl><svg viewBox="0 0 100 30" preserveAspectRatio="none"><polyline></polyline></svg>';
    article.querySelector('span').textContent = name;
    byId('cards').append(article);
    device = { article, points: [] };
    devices.set(name, device);
  }
  return device;
}

function showState(device, values) {
  const list = device.article.querySelector('dl');
  list.replaceChildren();
  for (const [key, value] of Object.entries(values)) {
    if (key !== 'n') {
      const term = document.createElement('dt');
      const data = document.createElement('dd');
      term.textContent = key;
      data.textContent = value;
      list.append(term, data);
    }
  }
  const first = Object.entries(values).find(([key, value]) => key !== 'n' && key !== 'parts' && typeof value === 'number');
  if (first) {
    device.points.push(first[1]);
    device.points.splice(0, device.points.length - POINTS);
    const low = Math.min(...device.points);
    const range = Math.max(...device.points) - low || 1;
    const line = device.points.map((value, i) => `${(i * 100) / POINTS},${28 - ((value - low) / range) * 26}`);
    device.article.querySelector('polyline').setAttribute('points', line.join(' '));
  }
}

function showPresence(device, word) {
  const small = device.article.querySelector('small');
  small.textContent = word;
  small.className = word === 'online' ? 'on' : 'off';
}

function onMessage(topic, payload) {
  byId('count').textContent = ++count;
  const levels = topic.split('/');
  const what = levels.at(-1);
  if (what === 'state' || what === 'telemetry') {
    showState(card(levels.at(-2)), JSON.parse(payload));
  } else if (what === 'availability' || what === 'connection') {
    showPresence(card(levels.at(-2)), payload);
  }
}

function onState(connected) {
  byId('state').textContent = connected ? 'connected to' : 'no connection to';
  byId('state').className = connected ? 'on' : 'off';
}

const settings = await (await fetch('settings.json')).json();
document.title = settings.title + ' · Dunlin';
byId('title').textContent = settings.title;
byId('broker').textContent = settings.broker;
subscribe(settings.broker, settings.filters, onMessage, onState);
