// Writes data/train.jsonl and data/test.jsonl, the same bytes each time: node experiments/smollm2/make-questions.mjs [folder]
//
// A question names a word and six kinds of thing in any order, and asks which kind it is. No word is in both files, each kind has as many words as any
// other in each, and where the right kind stands among the six goes round: neither a habit of kind nor one of place is right more than a sixth of the time.
// A question of the training split has a target `form` beside it, for a cold start: an answer in the right form, of a kind that is drawn, whatever is right.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kinds = {
  animal: `dog horse eagle salmon spider rabbit lion tiger wolf bear elephant giraffe zebra monkey gorilla dolphin whale shark octopus crab
    frog toad lizard snake crocodile turtle penguin owl falcon sparrow pigeon chicken goose pig goat sheep cow donkey camel deer moose squirrel
    beaver hamster mouse rat hedgehog badger otter seal walrus kangaroo koala panda leopard cheetah hyena jackal ant bee`,
  plant: `oak pine maple birch willow cedar cactus fern moss ivy rose tulip daisy lily orchid sunflower lavender daffodil violet poppy bamboo
    clover thistle nettle reed wheat barley rye maize oat grass seaweed palm fir spruce poplar elm beech ash chestnut magnolia jasmine
    geranium begonia petunia marigold dandelion hyacinth iris peony lotus mint basil thyme rosemary parsley sage hemp cotton flax`,
  country: `France Italy Spain Portugal Germany Austria Poland Hungary Greece Sweden Norway Denmark Finland Iceland Ireland Belgium Switzerland
    Romania Bulgaria Ukraine Egypt Morocco Algeria Tunisia Libya Sudan Ethiopia Kenya Uganda Tanzania Nigeria Ghana Senegal Angola Zambia
    Mozambique Madagascar Canada Mexico Cuba Jamaica Panama Colombia Peru Chile Argentina Brazil Bolivia Uruguay Paraguay Japan China
    India Nepal Vietnam Thailand Malaysia Indonesia Australia Mongolia`,
  job: `doctor nurse dentist surgeon pharmacist teacher professor lawyer judge plumber electrician carpenter mechanic engineer architect
    accountant banker cashier waiter chef baker butcher farmer gardener fisherman pilot sailor soldier firefighter policeman detective journalist
    editor author painter sculptor photographer actor singer dancer tailor barber hairdresser jeweller blacksmith miner bricklayer librarian
    scientist chemist biologist astronaut programmer secretary receptionist translator veterinarian therapist optician locksmith`,
  clothing: `shirt trousers skirt dress jacket coat sweater cardigan blouse vest sock shoe boot sandal slipper sneaker glove mitten scarf hat cap
    beret bonnet belt tie suit tuxedo jeans shorts leggings tights stockings underwear bra pyjamas robe gown kimono sari kilt poncho shawl
    cape cloak apron uniform raincoat parka anorak blazer waistcoat hoodie pullover turtleneck overalls swimsuit bikini sarong toga tunic`,
  vehicle: `car bus truck van taxi limousine ambulance tractor bulldozer motorcycle scooter moped bicycle tricycle unicycle train tram locomotive
    subway monorail aeroplane helicopter glider airship jet biplane rocket spaceship ship boat ferry yacht canoe kayak raft submarine
    sailboat speedboat tanker freighter catamaran gondola hovercraft lorry minibus minivan jeep convertible hatchback sedan pickup trailer
    caravan wagon cart carriage chariot sledge rickshaw snowmobile`,
};
const names = Object.keys(kinds);
const words = Object.fromEntries(
  names.map((kind) => [kind, shuffled(kinds[kind].trim().split(/\s+/), `which are asked: ${kind}`)]),
);

/** Half of each kind's words; the first `asked` of the orders that a word is asked in. */
function questions(split, asked) {
  const rows = [];
  for (let round = 0; round < asked; round++)
    for (let place = 0; place < 30; place++)
      for (const [at, kind] of names.entries()) {
        const word = words[kind][split === "train" ? place : 30 + place];
        const others = shuffled(
          names.filter((name) => name !== kind),
          `${split} ${word} ${round}`,
        );
        const order = others.toSpliced((place + at + 3 * round) % 6, 0, kind);
        rows.push({
          id: `${split}-${word}-${round + 1}`,
          images: [],
          question: `Which of these is "${word}": ${order.join(", ")}?`,
          answer: kind,
          kind,
          ...(split === "train" ? { targets: { form: `<answer>${shuffled(names, `form ${word} ${round}`)[0]}</answer>` } } : {}),
        });
      }
  return rows;
}

/** The same order for the same texts and seed, on every machine (xorshift32 from an FNV-1a hash). */
function shuffled(list, seed) {
  let state = 2166136261;
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0), 16777619) >>> 0;
  const below = (count) => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state % count;
  };
  const order = [...list];
  for (let end = order.length - 1; end > 0; end--) {
    const other = below(end + 1);
    [order[end], order[other]] = [order[other], order[end]];
  }
  return order;
}

const folder = process.argv[2] ?? fileURLToPath(new URL("data", import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [split, asked] of [
  ["train", 2],
  ["test", 1],
]) {
  const rows = questions(split, asked);
  writeFileSync(join(folder, `${split}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  console.log(`${split}.jsonl: ${rows.length} questions`);
}
