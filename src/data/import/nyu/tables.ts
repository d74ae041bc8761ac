// Made by tests/peers/scipy_nyu_tables.py from github.com/ankurhanda/nyuv2-meta-data. Do not edit.

/** The 894 classes of the archive in the order of their indices, which begin at 1; each with its class of 40. */
export const RAW_CLASSES = `
book:40, bottle:40, cabinet:3, ceiling:22, chair:5, cone:40, counter:12, dishwasher:38, faucet:40, fire
extinguisher:40, floor:2, garbage bin:39, microwave:40, paper towel dispenser:40, paper:26, pot:40, refridgerator:24,
stove burner:40, table:7, unknown:40, wall:1, bowl:40, magnet:40, sink:34, air vent:38, box:29, door knob:40, door:8,
scissor:40, tape dispenser:40, telephone cord:40, telephone:40, track light:38, cork board:40, cup:40, desk:14,
laptop:40, air duct:38, basket:40, camera:40, pipe:40, shelves:15, stacked chairs:39, styrofoam object:40,
whiteboard:30, computer:40, keyboard:40, ladder:39, monitor:40, stand:39, bar:38, motion camera:40, projector
screen:38, speaker:40, bag:37, clock:40, green screen:38, mantel:38, window:9, ball:40, hole puncher:40, light:38,
manilla envelope:40, picture:11, mail shelf:38, printer:40, stapler:40, fax machine:40, folder:40, jar:40,
magazine:40, ruler:40, cable modem:40, fan:40, file:40, hand sanitizer:40, paper rack:40, vase:40, air conditioner:38,
blinds:13, flower:40, plant:40, sofa:6, stereo:40, books:23, exit sign:40, room divider:39, bookshelf:10, curtain:16,
projector:40, modem:40, wire:40, water purifier:40, column:38, hooks:40, hanging hooks:40, pen:40, electrical
outlet:40, doll:40, eraser:40, pencil holder:40, water carboy:40, mouse:40, cable rack:38, wire rack:40, flipboard:39,
map:40, paper cutter:40, tape:40, thermostat:40, heater:39, circuit breaker box:38, paper towel:40, stamp:40,
duster:40, poster case:40, whiteboard marker:40, ethernet jack:40, pillow:18, hair brush:40, makeup brush:40,
mirror:19, shower curtain:28, toilet:33, toiletries bag:40, toothbrush holder:40, toothbrush:40, toothpaste:40,
platter:40, rug:40, squeeze tube:40, shower cap:40, soap:40, towel rod:38, towel:27, bathtub:36, candle:40, tissue
box:40, toilet paper:40, container:40, clothes:21, electric toothbrush:40, floor mat:20, lamp:35, drum:40, flower
pot:40, banana:40, candlestick:40, shoe:40, stool:40, urn:40, earplugs:40, mailshelf:38, placemat:40, excercise
ball:40, alarm clock:40, bed:4, night stand:32, deoderant:40, headphones:40, headboard:39, basketball hoop:40, foot
rest:39, laundry basket:40, sock:40, football:40, mens suit:40, cable box:40, dresser:17, dvd player:40, shaver:40,
television:25, contact lens solution bottle:40, drawer:39, remote control:40, cologne:40, stuffed animal:40, lint
roller:40, tray:40, lock:40, purse:40, toy bottle:40, crate:39, vasoline:40, gift wrapping roll:40, wall
decoration:40, hookah:40, radio:40, bicycle:40, pen box:40, mask:40, shorts:40, hat:40, hockey glove:40, hockey
stick:40, vuvuzela:40, dvd:40, chessboard:40, suitcase:40, calculator:40, flashcard:40, staple remover:40,
umbrella:40, bench:39, yoga mat:40, backpack:40, cd:40, sign:40, hangers:40, notebook:40, hanger:40, security
camera:40, folders:40, clothing hanger:39, stairs:38, glass rack:38, saucer:40, tag:40, dolly:39, machine:40,
trolly:39, shopping baskets:40, gate:38, bookrack:39, blackboard:38, coffee bag:40, coffee packet:40, hot water
heater:40, muffins:40, napkin dispenser:40, plaque:40, plastic tub:40, plate:40, coffee machine:40, napkin holder:40,
radiator:39, coffee grinder:40, oven:38, plant pot:40, scarf:40, spice rack:38, stove:38, tea kettle:40, napkin:40,
bag of chips:40, bread:40, cutting board:40, dish brush:40, serving spoon:40, sponge:40, toaster:40, cooking pan:40,
kitchen items:40, ladel:40, spatula:40, spice stand:38, trivet:40, knife rack:40, knife:40, baking dish:40, dish
scrubber:40, drying rack:39, vessel:40, kichen towel:40, tin foil:40, kitchen utensil:40, utensil:40, blender:40,
garbage bag:40, sink protector:40, box of ziplock bags:40, spice bottle:40, pitcher:40, pizza box:40, toaster oven:40,
step stool:40, vegetable peeler:40, washing machine:39, can opener:40, can of food:40, paper towel holder:40, spoon
stand:40, spoon:40, wooden kitchen utensils:40, bag of flour:40, fruit:40, sheet of metal:40, waffle maker:40,
cake:40, cell phone:40, tv stand:39, tablecloth:40, wine glass:40, sculpture:40, wall stand:38, iphone:40, coke
bottle:40, piano:39, wine rack:40, guitar:40, light switch:38, shirts in hanger:40, router:40, glass pot:40, cart:40,
vacuum cleaner:40, bin:40, coins:40, hand sculpture:40, ipod:40, jersey:40, blanket:40, ironing board:39, pen
stand:40, mens tie:40, glass baking dish:40, utensils:40, frying pan:40, shopping cart:40, plastic bowl:40, wooden
container:40, onion:40, potato:40, jacket:40, dvds:40, surge protector:40, tumbler:40, broom:40, can:40, crock pot:40,
person:31, salt shaker:40, wine bottle:40, apple:40, eye glasses:40, menorah:40, bicycle helmet:40, fire alarm:40,
water fountain:38, humidifier:40, necklace:40, chandelier:38, barrel:39, chest:39, decanter:40, wooden utensils:40,
globe:40, sheets:40, fork:40, napkin ring:40, gift wrapping:40, bed sheets:40, spot light:40, lighting track:38,
cannister:40, coffee table:39, mortar and pestle:40, stack of plates:40, ottoman:39, server:40, salt container:40,
utensil container:40, phone jack:38, switchbox:40, casserole dish:40, oven handle:40, whisk:40, dish cover:40,
electric mixer:40, decorative platter:40, drawer handle:40, fireplace:38, stroller:39, bookend:40, table runner:40,
typewriter:40, ashtray:40, key:40, suit jacket:40, range hood:38, cleaning wipes:40, six pack of beer:40, decorative
plate:40, watch:40, balloon:40, ipad:40, coaster:40, whiteboard eraser:40, toy:40, toys basket:40, toy truck:40,
classroom board:38, chart stand:39, picture of fish:40, plastic box:40, pencil:40, carton:40, walkie talkie:40,
binder:40, coat hanger:40, filing shelves:39, plastic crate:40, plastic rack:40, plastic tray:40, flag:40, poster
board:40, lunch bag:40, board:38, leg of a girl:40, file holder:40, chart:40, glass pane:38, cardboard tube:40,
bassinet:39, toy car:40, toy shelf:40, toy bin:40, toys shelf:39, educational display:39, placard:40, soft toy
group:40, soft toy:40, toy cube:40, toy cylinder:40, toy rectangle:40, toy triangle:40, bucket:40, chalkboard:40, game
table:40, storage shelvesbooks:39, toy cuboid:40, toy tree:40, wooden toy:40, toy box:40, toy phone:40, toy sink:40,
toyhouse:40, notecards:40, toy trucks:40, wall hand sanitizer dispenser:40, cap stand:40, music stereo:40, toys
rack:39, display board:39, lid of jar:40, stacked bins  boxes:40, stacked plastic racks:39, storage rack:39, roll of
paper towels:40, cables:40, power surge:40, cardboard sheet:40, banister:38, show piece:40, pepper shaker:40, kitchen
island:38, excercise equipment:39, treadmill:39, ornamental plant:40, piano bench:39, sheet music:40, grandfather
clock:39, iron grill:38, pen holder:40, toy doll:40, globe stand:40, telescope:40, magazine holder:40, file
container:40, paper holder:40, flower box:40, pyramid:40, desk mat:40, cordless phone:40, desk drawer:39, envelope:40,
window frame:38, id card:40, file stand:39, paper weight:40, toy plane:40, money:40, papers:40, comforter:40, crib:39,
doll house:39, toy chair:40, toy sofa:40, plastic chair:40, toy house:40, child carrier:40, cloth bag:40, cradle:39,
baby chair:39, chart roll:40, toys box:40, railing:38, clothing dryer:39, clothing washer:39, laundry detergent
jug:40, clothing detergent:40, bottle of soap:40, box of paper:40, trolley:40, hand sanitizer dispenser:40, soap
holder:40, water dispenser:40, photo:40, water cooler:39, foosball table:39, crayon:40, hoola hoop:40, horse toy:40,
plastic toy container:40, pool table:39, game system:40, pool sticks:40, console system:40, video game:40, pool
ball:40, trampoline:39, tricycle:40, wii:40, furniture:39, alarm:40, toy table:40, ornamental item:40, copper
vessel:40, stick:40, car:40, mezuza:40, toy cash register:40, lid:40, paper bundle:40, business cards:40,
clipboard:40, flatbed scanner:40, paper tray:40, mouse pad:40, display case:39, tree sculpture:38, basketball:40,
fiberglass case:40, framed certificate:40, cordless telephone:40, shofar:40, trophy:40, cleaner:40, cloth drying
stand:39, electric box:38, furnace:39, piece of wood:40, wooden pillar:38, drying stand:39, cane:40, clothing drying
rack:39, iron box:40, excercise machine:39, sheet:40, rope:40, sticks:40, wooden planks:40, toilet plunger:40, bar of
soap:40, toilet bowl brush:40, light bulb:40, drain:38, faucet handle:40, nailclipper:40, shaving cream:40, rolled
carpet:40, clothing iron:40, window cover:38, charger and wire:40, quilt:40, mattress:39, hair dryer:40, stones:40,
pepper grinder:40, cat cage:39, dish rack:40, curtain rod:38, calendar:40, head phones:40, cd disc:40, head phone:40,
usb drive:40, water heater:40, pan:40, tuna cans:40, baby gate:38, spoon sets:40, cans of cat food:40, cat:40, flower
basket:40, fruit platter:40, grapefruit:40, kiwi:40, hand blender:40, knobs:40, vessels:40, cell phone charger:40,
wire basket:40, tub of tupperware:40, candelabra:40, litter box:40, shovel:40, cat bed:39, door way:38, belt:40, surge
protect:40, glass:38, console controller:40, shoe rack:40, door frame:38, computer disk:40, briefcase:40, mail
tray:40, file pad:40, letter stand:40, plastic cup of coffee:40, glass box:40, ping pong ball:40, ping pong racket:40,
ping pong table:39, tennis racket:40, ping pong racquet:40, xbox:40, electric toothbrush base:40, toilet brush:40,
toiletries:40, razor:40, bottle of contact lens solution:40, contact lens case:40, cream:40, glass container:40,
container of skin cream:40, soap dish:40, scale:40, soap stand:40, cactus:40, door  window  reflection:38, ceramic
frog:40, incense candle:40, storage space:38, door lock:40, toilet paper holder:40, tissue:40, personal care
liquid:40, shower head:40, shower knob:40, knob:40, cream tube:40, perfume box:40, perfume:40, back scrubber:40, door
facing trimreflection:38, doorreflection:38, light switchreflection:38, medicine tube:40, wallet:40, soap tray:40,
door curtain:38, shower pipe:40, face wash cream:40, flashlight:40, shower base:38, window shelf:38, shower hose:40,
toothpaste holder:40, soap box:40, incense holder:40, conch shell:40, roll of toilet paper:40, shower tube:40, bottle
of listerine:40, bottle of hand wash liquid:40, tea pot:40, lazy susan:40, avocado:40, fruit stand:40, fruitplate:40,
oil container:40, package of water:40, bottle of liquid:40, door way arch:38, jug:40, bulb:40, bagel:40, bag of
bagels:40, banana peel:40, bag of oreo:40, flask:40, collander:40, brick:40, torch:40, dog bowl:40, wooden plank:40,
eggs:40, grill:38, dog:40, chimney:38, dog cage:39, orange plastic cap:40, glass set:40, vessel set:40, mellon:40,
aluminium foil:40, orange:40, peach:40, tea coaster:40, butterfly sculpture:40, corkscrew:40, heating tray:40, food
processor:40, corn:40, squash:40, watermellon:40, vegetables:40, celery:40, glass dish:40, hot dogs:40, plastic
dish:40, vegetable:40, sticker:40, chapstick:40, sifter:40, fruit basket:40, glove:40, measuring cup:40, water
filter:40, wine accessory:40, dishes:40, file box:39, ornamental pot:40, dog toy:40, salt and pepper:40, electrical
kettle:40, kitchen container plastic:40, pineapple:40, suger jar:40, steamer:40, charger:40, mug holder:40, orange
juicer:40, juicer:40, bag of hot dog buns:40, hamburger bun:40, mug hanger:40, bottle of ketchup:40, toy kitchen:40,
food wrapped on a tray:40, kitchen utensils:40, oven mitt:40, bottle of comet:40, wooden utensil:40, decorative
dish:40, handle:40, label:40, flask set:40, cooking pot cover:40, tupperware:40, garlic:40, tissue roll:40, lemon:40,
wine:40, decorative bottle:40, wire tray:40, tea cannister:40, clothing hamper:39, guitar case:40, wardrobe:39,
boomerang:40, button:40, karate belts:40, medal:40, window seat:38, window box:38, necklace holder:40, beeper:40,
webcam:40, fish tank:38, luggage:40, life jacket:40, shoelace:40, pen cup:40, eyeball plastic ball:40, toy pyramid:40,
model boat:40, certificate:40, puppy toy:40, wire board:40, quill:40, canister:40, toy boat:40, antenna:40, bean
bag:39, lint comb:40, travel bag:40, wall divider:39, toy chest:40, headband:40, luggage rack:39, bunk bed:39,
lego:40, yarmulka:40, package of bedroom sheets:40, bedding package:40, comb:40, dollar bill:40, pig:40, storage
bin:40, storage chest:39, slide:39, playpen:39, electronic drumset:40, ipod dock:40, microphone:40, music keyboard:40,
music stand:39, microphone stand:40, album:40, kinect:40, inkwell:40, baseball:40, decorative bowl:40, book holder:40,
toy horse:40, desser:39, toy apple:40, toy dog:40, scenary:40, drawer knob:40, shoe hanger:40, tent:39, figurine:40,
soccer ball:40, hand weight:40, magic 8ball:40, bottle of perfume:40, sleeping bag:40, decoration item:40,
envelopes:40, trinket:40, hand fan:40, sculpture of the chrysler building:40, sculpture of the eiffel tower:40,
sculpture of the empire state building:40, jeans:40, garage door:38, case:40, rags:40, decorative item:40, toy
stroller:40, shelf frame:40, cat house:40, can of beer:40, dog bed:39, lamp shade:40, bracelet:40, reflection of
window shutters:38, decorative egg:40, indoor fountain:39, photo album:40, decorative candle:40, walkietalkie:40,
serving dish:40, floor trim:38, mini display platform:40, american flag:40, vhs tapes:40, throw:40, newspapers:40,
mantle:38, package of bottled water:40, serving platter:40, display platter:40, centerpiece:40, tea box:40, gold
piece:40, wreathe:40, lectern:39, hammer:40, matchbox:40, pepper:40, yellow pepper:40, duck:40, eggplant:40, glass
ware:40, sewing machine:40, rolled up rug:40, doily:39, coffee pot:40, torah:40
`;

/** The 13 classes of Couprie et al. (ICLR 2013), in the order of their indices, which begin at 1. */
// biome-ignore format: a list
export const THIRTEEN = [
'bed', 'books', 'ceiling', 'chair', 'floor', 'furniture', 'objects', 'picture', 'sofa', 'table', 'tv', 'wall',
'window'
];

/** For each of the 40 classes its class of 13. */
// biome-ignore format: a list
export const THIRTEEN_OF_FORTY = [
12, 5, 6, 1, 4, 9, 10, 12, 13, 6, 8, 6, 13, 10, 6, 13, 6, 7, 7, 5, 7, 3, 2, 6, 11, 7, 7, 7, 7, 7, 7, 6, 7, 7, 7, 7, 7,
7, 6, 7
];

/** The 654 frames of the official test split, numbered from 1; the other 795 are the train split. */
export const TEST_FRAMES = `
1-2 9 14-18 21 28-43 46-47 56-57 59-63 76-79 84-91 117-119 125-129 131-134 137 153-155 167-169 171-176 180-202 207-212
220-222 250 264 271-273 279-285 296-302 310-312 315-317 325-335 351-352 355-364 384-390 395-397 411-414 430-435
441-448 462-466 469-477 508-513 515-526 531-533 537-539 549-551 555-571 579-583 591-594 603-607 612-613 617-621
633-638 644-645 650-651 656-658 663-664 668-673 676-681 686-690 693-694 697-699 706-713 717-718 724-728 731-734
743-744 759-787 800-804 810-814 821-823 833-846 850-852 857-862 869-871 906-908 917-919 926-928 932-935 945-947
959-962 965-967 970-977 991-995 1001-1004 1010-1012 1021-1023 1032-1034 1038-1039 1048-1049 1052-1053 1057-1058
1075-1084 1088-1096 1098-1104 1106-1109 1117-1119 1123-1131 1135-1136 1144-1158 1162-1167 1170-1171 1174-1176
1179-1184 1192-1196 1201-1212 1216-1220 1226-1230 1233-1235 1247-1250 1254-1265 1275-1280 1285-1295 1297-1299
1302-1308 1314-1315 1329-1332 1335-1340 1347-1349 1353-1356 1364-1365 1368-1369 1384-1391 1394-1401 1407-1414
1421-1424 1430-1433 1441-1449
`;
