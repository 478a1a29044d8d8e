/*
 * Run by mongosh: makes three members one replica set, once, and the user with which Latchkey comes,
 * or gives that user the password that it has now. May run any number of times.
 */
const fs = require('fs');

const NAME = 'latchkey';
const MEMBERS = ['mongo1:27017', 'mongo2:27017', 'mongo3:27017'];
/** Milliseconds. */
const PATIENCE = 120000;
const PAUSE = 1000;

const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, 'utf8').trim();

/** User, password and database as Latchkey will use them. */
function latchkeyUser() {
  const url = secret('latchkey_mongodb_url');
  const parts = /^mongodb:\/\/([^:@/]+):([^:@/]+)@[^/]+\/([\w-]+)(?:\?|$)/.exec(url);
  if (!parts) throw new Error('mongodb.url is not mongodb://USER:PASSWORD@HOST,…/DATABASE?…');
  const [user, password, database] = parts.slice(1).map(decodeURIComponent);
  return { user, password, database };
}

/** The server's admin database; `who` is empty, or root's user and password. */
function adminOf(hosts, who, options) {
  return new Mongo(`mongodb://${who}${hosts}/admin?${options}`).getDB('admin');
}

/** `yes`, `no`, or `unknown` while the server starts. */
function isInitiated(member) {
  try {
    const hello = adminOf(
      member,
      '',
      'directConnection=true&serverSelectionTimeoutMS=2000',
    ).hello();
    if (hello.setName) return 'yes';
    return hello.isreplicaset ? 'no' : 'unknown';
  } catch {
    return 'unknown';
  }
}

/** One member that knows the set is enough; it is made only when all three are there and know of none. */
function waitForMembers() {
  const giveUpAt = Date.now() + PATIENCE;
  for (;;) {
    const states = [];
    for (const member of MEMBERS) states.push(isInitiated(member));
    if (states.includes('yes')) return 'there';
    if (!states.includes('unknown')) return 'missing';
    if (Date.now() > giveUpAt) {
      throw new Error(`The members cannot be reached: docker compose logs ${serviceNames()}`);
    }
    sleep(PAUSE);
  }
}

function serviceNames() {
  return MEMBERS.map((member) => member.split(':')[0]).join(' ');
}

function initiate(root) {
  const members = MEMBERS.map((host, _id) => ({ _id, host }));
  const admin = adminOf(MEMBERS[0], root, 'directConnection=true');
  admin.runCommand({ replSetInitiate: { _id: NAME, members } });
  print(`The replica set ${NAME} is made.`);
}

function giveUser(root) {
  const { user, password, database } = latchkeyUser();
  // Waits for a primary.
  const options = `replicaSet=${NAME}&serverSelectionTimeoutMS=${PATIENCE}`;
  const db = adminOf(MEMBERS.join(','), root, options).getSiblingDB(database);
  // Of this one database, and nothing else.
  const rights = { pwd: password, roles: [{ role: 'readWrite', db: database }] };
  if (db.getUser(user)) db.updateUser(user, rights);
  else db.createUser({ user, ...rights });
  print(`The user ${user} may read and write the database ${database}.`);
}

const root = `root:${encodeURIComponent(secret('mongo_root_password'))}@`;
if (waitForMembers() === 'missing') initiate(root);
giveUser(root);
