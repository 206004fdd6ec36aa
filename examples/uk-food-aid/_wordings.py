"""From what food banks wrote to a tree of categories.

370 wordings of needs and 133 of surpluses ("Tinned Soup", "Cup-A-Soup", "Cuppa Soups Or Tinned Soups")
are read with the patterns below, from top to bottom. A pattern that matches uses its words up, so
"Pasta Sauce" is a sauce and not pasta. One line may name several things.

* A need accepts everything that its line names; a word for a whole group ("Toiletries", "Soup") accepts the
  group's children.
* A surplus line that names several things counts once for each. A surplus named by its group's plain word
  means the common form (PLAIN: "Rice" is dry rice); otherwise it stays at the group and serves only needs
  that ask for the group.
* NOT_GOODS lines are left out: they are money, or ask people to stop bringing something that cannot be
  passed on.
"""

from __future__ import annotations

import re

NOT_GOODS = {
    "Financial Donations": "money, not goods",
    "Any Items Containing Alcohol Or Medical Products": "a request not to bring them, not a surplus to share",
    "Perishable Food": "would not survive the journey",
}

# id, parent, name; a parent stands before its children
TREE = [
    ("toiletries", "", "toiletries"),
    ("shampoo", "toiletries", "shampoo and conditioner"),
    ("deodorant", "toiletries", "deodorant"),
    ("sanitary", "toiletries", "sanitary products"),
    ("toothpaste", "toiletries", "toothpaste"),
    ("toothbrushes", "toiletries", "toothbrushes"),
    ("childrens-dental", "toiletries", "children's toothpaste and brushes"),
    ("shower-gel", "toiletries", "shower gel"),
    ("soap", "toiletries", "soap and handwash"),
    ("shaving", "toiletries", "razors and shaving foam"),
    ("wipes", "toiletries", "wet wipes"),
    ("incontinence", "", "incontinence products"),
    ("household", "", "household & laundry"),
    ("toilet-roll", "household", "toilet roll"),
    ("kitchen-roll", "household", "kitchen roll"),
    ("tissues", "household", "tissues"),
    ("washing-up", "household", "washing-up liquid"),
    ("laundry", "household", "laundry detergent and conditioner"),
    ("cleaning", "household", "cleaning sprays, bleach and cloths"),
    ("bin-bags", "household", "bin bags"),
    ("meals", "", "tinned meat & meals"),
    ("tinned-meat", "meals", "tinned meat"),
    ("halal-meat", "tinned-meat", "tinned halal meat"),
    ("tinned-meals", "meals", "tinned meals (ravioli, chilli, curry, pies)"),
    ("vegetarian-meals", "meals", "vegetarian meals"),
    ("drinks", "", "juice & squash"),
    ("juice", "drinks", "long-life juice"),
    ("squash", "drinks", "squash and cordial"),
    ("soft-drinks", "drinks", "fizzy and soft drinks"),
    ("water", "drinks", "bottled water"),
    ("milk", "", "long-life milk"),
    ("dairy-milk", "milk", "long-life dairy milk"),
    ("whole-milk", "dairy-milk", "whole and semi-skimmed milk"),
    ("skimmed-milk", "dairy-milk", "skimmed milk"),
    ("non-dairy-milk", "milk", "non-dairy milk"),
    ("powdered-milk", "milk", "powdered milk"),
    ("puddings", "", "rice pudding, custard & puddings"),
    ("rice-pudding", "puddings", "rice pudding"),
    ("custard", "puddings", "custard"),
    ("sponge-pudding", "puddings", "sponge puddings"),
    ("instant-desserts", "puddings", "instant desserts and trifle kits"),
    ("christmas-cakes", "puddings", "Christmas cakes, puddings and mince pies"),
    ("sauces", "", "sauces"),
    ("pasta-sauce", "sauces", "pasta sauce"),
    ("cooking-sauce", "sauces", "cooking and curry sauce"),
    ("table-sauce", "sauces", "table sauces"),
    ("ketchup", "table-sauce", "ketchup"),
    ("mayonnaise", "table-sauce", "mayonnaise and salad cream"),
    ("brown-sauce", "table-sauce", "brown sauce"),
    ("cranberry-sauce", "table-sauce", "cranberry sauce"),
    ("gravy", "sauces", "gravy and stock"),
    ("snacks", "", "biscuits, snacks & sweets"),
    ("biscuits", "snacks", "biscuits"),
    ("free-from-biscuits", "biscuits", "free-from biscuits"),
    ("savoury-snacks", "snacks", "crisps, crackers and savoury snacks"),
    ("sweets", "snacks", "chocolate and sweets"),
    ("cereal-bars", "snacks", "cereal bars"),
    ("gluten-free", "", "gluten-free food"),
    ("gluten-free-pasta", "gluten-free", "gluten-free pasta"),
    ("tinned-fruit", "", "tinned fruit"),
    ("tinned-pineapple", "tinned-fruit", "tinned pineapple"),
    ("spreads-sugar", "", "spreads & sugar"),
    ("sugar", "spreads-sugar", "sugar"),
    ("spreads", "spreads-sugar", "jam and spreads"),
    ("jam", "spreads", "jam and preserves"),
    ("marmalade", "spreads", "marmalade"),
    ("honey", "spreads", "honey"),
    ("peanut-butter", "spreads", "peanut butter"),
    ("chocolate-spread", "spreads", "chocolate spread"),
    ("yeast-spread", "spreads", "yeast and meat spreads"),
    ("hot-drinks", "", "hot drinks"),
    ("coffee", "hot-drinks", "coffee"),
    ("tea", "hot-drinks", "tea"),
    ("drinking-chocolate", "hot-drinks", "drinking chocolate"),
    ("tinned-vegetables", "", "tinned vegetables"),
    ("carrots", "tinned-vegetables", "tinned carrots"),
    ("sweetcorn", "tinned-vegetables", "tinned sweetcorn"),
    ("peas", "tinned-vegetables", "tinned peas"),
    ("mushrooms", "tinned-vegetables", "tinned mushrooms"),
    ("potato", "", "potato & mash"),
    ("tinned-potatoes", "potato", "tinned potatoes"),
    ("instant-mash", "potato", "instant mash"),
    ("tinned-fish", "", "tinned fish"),
    ("tuna", "tinned-fish", "tinned tuna"),
    ("salmon", "tinned-fish", "tinned salmon"),
    ("soup", "", "soup"),
    ("tinned-soup", "soup", "tinned soup"),
    ("packet-soup", "soup", "packet and cup soup"),
    ("tinned-tomatoes", "", "tinned tomatoes"),
    ("rice", "", "rice"),
    ("dry-rice", "rice", "dry rice"),
    ("microwave-rice", "rice", "microwave rice"),
    ("cereal-oats", "", "cereal & oats"),
    ("cereal", "cereal-oats", "breakfast cereal"),
    ("oats", "cereal-oats", "porridge oats"),
    ("tinned-spaghetti", "", "tinned spaghetti and pasta"),
    ("bags", "", "carrier bags"),
    ("egg-boxes", "", "egg boxes"),
    ("pet-food", "", "pet food"),
    ("dog-food", "pet-food", "dog food"),
    ("cat-food", "pet-food", "cat food"),
    ("nappies", "", "nappies"),
    ("nappies-1-3", "nappies", "nappies, sizes 1 to 3"),
    ("nappies-5-6", "nappies", "nappies, sizes 5 and 6"),
    ("nappies-7", "nappies", "nappies, size 7 and above"),
    ("baby", "", "baby food & formula"),
    ("formula", "baby", "formula milk"),
    ("baby-food", "baby", "baby food"),
    ("rusks", "baby", "rusks"),
    ("baked-beans", "", "baked beans"),
    ("noodles", "", "noodles"),
    ("pot-noodles", "noodles", "pot noodles"),
    ("packet-noodles", "noodles", "packet noodles"),
    ("pasta", "", "pasta"),
    ("dry-pasta", "pasta", "dried pasta"),
    ("microwave-pasta", "pasta", "microwave pasta"),
    ("cooking", "", "oil, flour & cooking"),
    ("oil", "cooking", "cooking oil"),
    ("flour", "cooking", "flour"),
    ("salt", "cooking", "salt"),
    ("pulses", "", "pulses"),
    ("chickpeas", "pulses", "chickpeas"),
    ("lentils", "pulses", "lentils"),
    ("kidney-beans", "pulses", "kidney beans"),
    ("bedding", "", "bedding"),
    ("tin-openers", "", "tin openers"),
]

# pattern, categories; matched words are used up
PATTERNS = [
    (r"fabric conditioner", "laundry"),
    (r"anti.?bac\w*( wipes)?(/spray)?( spray)?( & bleach)?", "cleaning"),
    (
        r"toothpaste for aged 0-2 years|children's tooth\w+( & toothpaste)?|kids toothbrush",
        "childrens-dental",
    ),
    (r"(adult )?toothpaste( \(adult\))?", "toothpaste"),
    (r"toothbrush\w*", "toothbrushes"),
    (r"(2 in 1 )?shampoo( ?[/&] ?conditioner)?|hair conditioner", "shampoo"),
    (r"deodorants?", "deodorant"),
    (r"sanitary\w*|tampons|towels|feminine care products", "sanitary"),
    (r"shower gel", "shower-gel"),
    (r"shav\w+|razors", "shaving"),
    (r"bars of soap \(other than baby soap\)|soap|handwash", "soap"),
    (r"(wet|baby) wipes", "wipes"),
    (r"incontinence products", "incontinence"),
    (r"toiletries|hygiene products", "toiletries"),
    (r"toilet (rolls?|paper)", "toilet-roll"),
    (r"kitchen roll", "kitchen-roll"),
    (r"tissues", "tissues"),
    (r"washing.up liquid(/detergent)?", "washing-up"),
    (r"bin bags", "bin-bags"),
    (r"household cleaner|household cleaning items|cleaning \w+|spray cleaners|bleach|sponges", "cleaning"),
    (r"laundry|washing", "laundry"),
    (r"gluten-free pasta", "gluten-free-pasta"),
    (r"gluten-free food items", "gluten-free"),
    (r"'free from' biscuits \(sweet & savoury\)", "free-from-biscuits"),
    (r"vegetarian meals", "vegetarian-meals"),
    (r"ve\w+ food items", "tinned-vegetables;pulses"),
    (r"canned or jarred goods", "meals;tinned-fruit;tinned-vegetables;tinned-fish;tinned-soup;sauces"),
    (r"gravy granules|stock cubes", "gravy"),
    (r"brown sauce", "brown-sauce"),
    (r"cranberry sauce", "cranberry-sauce"),
    (r"spaghetti in tomato sauce", "tinned-spaghetti"),
    (r"(tomato )?ketchup|tomato sauce", "ketchup"),
    (r"mayonnaise|salad cream", "mayonnaise"),
    (r"table sauces", "table-sauce"),
    (r"pasta and curry sauces|pasta/cooking sauce", "pasta-sauce;cooking-sauce"),
    (r"pasta sauces?|sauce for pasta", "pasta-sauce"),
    (r"(curry cooking|cooking|curry|rice) sauces?", "cooking-sauce"),
    (
        r"pasta/beans with meat|ravioli|chilli|tins of curry|/curry|meatballs|meat pies|meat/meals",
        "tinned-meals",
    ),
    (r"halal meat", "halal-meat"),
    (r"meat paste|marmite", "yeast-spread"),
    (r"meats?\b|corned beef|\bham\b|ham/spam|hot dogs", "tinned-meat"),
    (r"tinned fruit in juice", "tinned-fruit"),
    (r"formula( baby)? milk|formula", "formula"),
    (r"baby formula milk", "formula"),
    (r"baby food", "baby-food"),
    (r"rusks", "rusks"),
    (r"drinking chocolate", "drinking-chocolate"),
    (r"chocolate spread", "chocolate-spread"),
    (r"chocolate breakfast cereals", "cereal"),
    (r"christmas (chocolates/biscuits)", "sweets;biscuits"),
    (r"christmas (cake|puddings)|mince pies", "christmas-cakes"),
    (r"non.dairy milk( \(except oat milk please\))?|alternative milk|soya", "non-dairy-milk"),
    (r"powdered milk|milk powder", "powdered-milk"),
    (r"semi skimmed if possible|\(full fat or semi skimmed\)", "dairy-milk"),
    (r"long life milk - whole milk", "whole-milk"),
    (
        r"(semi|whole|full fat)( ?[-&]? ?(or )?(whole|semi)?[- ]?skimmed| or whole| long life)?( milk)?",
        "whole-milk",
    ),
    (r"milk \(not skimmed\)", "whole-milk"),
    (r"skimmed milk", "skimmed-milk"),
    (r"milk", "dairy-milk"),
    (r"rice pudding", "rice-pudding"),
    (r"custard", "custard"),
    (r"sponge pud\w*|puddings/cake|sponge puds", "sponge-pudding"),
    (r"angel delight|trifle kits", "instant-desserts"),
    (r"dessert\w*|pudding\w*", "puddings"),
    (r"cereal bars", "cereal-bars"),
    (r"savoury biscuits|crisps|(cream )?crackers|savoury (snacks|treats)", "savoury-snacks"),
    (r"biscuits( \(sweet & savoury\))?", "biscuits"),
    (r"small treats", "snacks"),
    (r"chocolates?|sweets?\b( treats| extra)?", "sweets"),
    (r"snacks|treats", "snacks"),
    (r"diluting juice|squash\w*|cordial", "squash"),
    (r"juices?\b", "juice"),
    (r"water", "water"),
    (r"fizzy drinks|soft drinks|sparkling drinks", "soft-drinks"),
    (r"drinks", "drinks"),
    (r"pineapple", "tinned-pineapple"),
    (r"tinned fruit", "tinned-fruit"),
    (r"peanut butter", "peanut-butter"),
    (r"sugar", "sugar"),
    (r"marmalade", "marmalade"),
    (r"honey", "honey"),
    (r"(jams?)( ?/ ?| and )(other )?spreads", "spreads"),
    (r"jams?\b|preserves", "jam"),
    (r"coffee", "coffee"),
    (r"tea ?bags|\btea\b", "tea"),
    (r"instant mash(ed)?( potato\w*)?|mash potato|mash\b", "instant-mash"),
    (r"potatoes", "tinned-potatoes"),
    (r"chickpeas", "chickpeas"),
    (r"tomato(es)?\b(?! or chicken)", "tinned-tomatoes"),
    (r"tinned / packet soup|tinned or packet soup", "tinned-soup;packet-soup"),
    (r"(instant soup \()?cup-?a-?\s?soups?|cup a soups?|cuppa soups?|packet soup", "packet-soup"),
    (r"tinned soups?( \(not tomato or chicken\))?", "tinned-soup"),
    (r"soup", "soup"),
    (r"carrots", "carrots"),
    (r"sweetcorn", "sweetcorn"),
    (r"\bpeas\b", "peas"),
    (r"mushrooms", "mushrooms"),
    (r"veg\b|vegetables", "tinned-vegetables"),
    (r"tinned fish \(tuna and other\)", "tinned-fish"),
    (r"tinned fish - tuna|tuna", "tuna"),
    (r"salmon", "salmon"),
    (r"fish in oil|fish", "tinned-fish"),
    (r"microwave rice|pre-cooked rice|rice sachets|\(dried and microwave\)", "microwave-rice"),
    (r"bags of rice|500g packet rice|rice \(?500g(/1kg\))?", "dry-rice"),
    (r"rice", "rice"),
    (r"muesli|cereals?", "cereal"),
    (r"porridge( oats)?|oats", "oats"),
    (r"pot noodles( and instant packets)?", "pot-noodles"),
    (r"(packet|instant) noodles", "packet-noodles"),
    (r"noodles", "noodles"),
    (r"dry pasta & spaghetti|pasta, dried|dried pasta", "dry-pasta"),
    (r"tinned pasta|spaghetti", "tinned-spaghetti"),
    (r"pasta packets", "microwave-pasta"),
    (r"pasta", "pasta"),
    (r"kidney beans", "kidney-beans"),
    (r"lentils", "lentils"),
    (r"pulses", "pulses"),
    (r"beans", "baked-beans"),
    (r"sleeping bags|duvets", "bedding"),
    (r"egg boxes", "egg-boxes"),
    (r"bags", "bags"),
    (r"cat.*dog food|pet food", "pet-food"),
    (r"dog.?food", "dog-food"),
    (r"cat food", "cat-food"),
    (r"size 7 and 8 nappies|nappies( -)? size 7", "nappies-7"),
    (r"nappies,? size 5 and 6|nappies - size [56]", "nappies-5-6"),
    (r"nappies, sized 5 and above|large size nappies", "nappies-5-6;nappies-7"),
    (r"size 1, 2 and 3 nappies|nappies size 1-3", "nappies-1-3"),
    (r"nappies", "nappies"),
    (r"oil", "oil"),
    (r"flour", "flour"),
    (r"salt", "salt"),
    (r"tin openers", "tin-openers"),
]

PLAIN = {
    "pasta": "dry-pasta", "rice": "dry-rice", "soup": "tinned-soup", "dairy-milk": "whole-milk",
    "spreads": "jam",
}  # fmt: skip

PARENT = {identifier: parent for identifier, parent, _ in TREE}
_COMPILED = [(re.compile(pattern), categories.split(";")) for pattern, categories in PATTERNS]


def mentioned(item: str) -> set[str]:
    """Every category whose pattern the line contains."""
    text, found = item.lower(), set()
    for pattern, categories in _COMPILED:
        shorter = pattern.sub(" ", text)
        if shorter != text:
            found.update(categories)
            text = shorter
    assert found, f"no pattern reads {item!r}"
    return found


def ancestors(category: str) -> list[str]:
    """The categories above, nearest first."""
    above = []
    while PARENT[category]:
        category = PARENT[category]
        above.append(category)
    return above


def needed(item: str) -> list[str]:
    """What a need accepts, in the order of the tree: a group stands for everything in it."""
    found = mentioned(item)
    return [c for c in PARENT if c in found and not any(a in found for a in ancestors(c))]


def offered(item: str) -> list[str]:
    """What a surplus line holds, in the order of the tree: the most precise words count."""
    found = mentioned(item)
    vague = {a for c in found for a in ancestors(c)}
    return [c for c in PARENT if c in {PLAIN.get(c, c) for c in found - vague}]
