"""What food banks would do beyond sharing food: people, funds, tools and projects. All of it is assumed.

Nothing here was published by the food banks, funds or owners of tools that are named. Their names, places,
licences and the sizes of past grants are real; what they offer, ask for and are worth follows the rules in
the constants below, and stands in book.toml among the assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

RATES = {"kg": 1.50, "h": 12.21, "household": 4.00}
"""GBP: a kilogram of food handed on (as in the rest of the book), an hour of a volunteer's time (National
Living Wage from April 2025), a household reached with advice."""
GRANT_STEP = 50  # a grant or loan asked for is what it pays for, rounded up to this, GBP
HAULAGE_PER_KG = 0.10  # what a project sets aside for haulage, GBP

# role, name (ESCO), GBP a day: expenses of volunteers, half a day's fee of professionals who help
ROLES = {
    "driver": ("car and van delivery driver", 15),
    "warehouse-worker": ("warehouse worker", 15),
    "mentor": ("volunteer mentor", 15),
    "volunteer-manager": ("volunteer manager", 55),
    "fundraiser": ("fundraising assistant", 50),
    "data-analyst": ("data analyst", 70),
    "ict-analyst": ("ICT system analyst", 75),
    "dietitian": ("dietitian", 65),
    "food-technologist": ("food technologist", 65),
    "food-safety": ("food safety inspector", 70),
    "logistics-manager": ("logistics and distribution manager", 70),
    "warehouse-manager": ("warehouse manager", 60),
}

# person, role, days, town, can work from anywhere, GBP to work elsewhere (None: only at home), skills
PEOPLE = [
    ("ada", "data-analyst", 8, "cambridge", True, None, ["SQL", "forecasting"]),
    ("ben", "data-analyst", 6, "croydon", True, None, ["SQL"]),
    ("cat", "data-analyst", 5, "glasgow", True, None, ["maps"]),
    ("dev", "ict-analyst", 8, "birmingham", True, None, ["inventory systems"]),
    ("eli", "ict-analyst", 7, "cardiff", True, None, ["document reading"]),
    ("fay", "ict-analyst", 5, "hull", True, None, ["inventory systems"]),
    ("gus", "dietitian", 5, "chester", True, None, ["allergies"]),
    ("hal", "dietitian", 4, "croydon", True, None, ["Urdu"]),
    ("ida", "food-technologist", 6, "cambridge", False, 60, ["cold chain"]),
    ("joe", "food-technologist", 4, "bristol", False, None, ["preserving"]),
    ("rex", "food-technologist", 3, "saint-austell", False, None, ["preserving"]),
    ("kim", "food-safety", 6, "market-drayton", False, None, ["allergies", "inspection"]),
    ("leo", "food-safety", 4, "kingston-upon-thames", False, None, ["inspection"]),
    ("meg", "logistics-manager", 6, "birmingham", True, None, ["route planning"]),
    ("ned", "logistics-manager", 5, "woking", False, None, ["route planning"]),
    ("oli", "warehouse-manager", 10, "glasgow", False, None, ["racking"]),
    ("pia", "warehouse-manager", 6, "rugby", False, None, ["racking"]),
    ("qui", "volunteer-manager", 6, "norwich", False, None, ["rotas"]),
    ("ria", "volunteer-manager", 5, "crawley", False, None, ["rotas", "Ukrainian"]),
    ("sam", "volunteer-manager", 6, "alnwick", False, None, ["rotas"]),
    ("tom", "driver", 25, "hull", False, None, ["van"]),
    ("una", "driver", 15, "stoke-on-trent", False, None, ["van"]),
    ("vic", "driver", 12, "ivybridge", False, None, ["van"]),
    ("wes", "driver", 12, "alness", False, None, ["van"]),
    ("xan", "driver", 10, "skipton", False, None, ["van"]),
    ("yas", "mentor", 12, "merthyr-tydfil", False, None, ["debt advice"]),
    ("zoe", "mentor", 10, "bradford", True, None, ["Urdu"]),
    ("abe", "fundraiser", 6, "cheltenham", True, None, ["applications"]),
    ("bea", "warehouse-worker", 12, "wokingham", False, None, ["sorting"]),
    ("cal", "warehouse-worker", 12, "eastbourne", False, None, ["sorting"]),
    ("dot", "warehouse-worker", 10, "lytham-st-annes", False, None, ["sorting"]),
    ("eve", "mentor", 10, "boston", False, None, ["Polish"]),
]
NOT_YET = {"sam": "2026-04-01"}  # free from this day on

# what for, tool, name, owner, licence. Free of charge, for as many as like.
TOOLS = [
    ("scheduling", "openspife", "OpenSPIFe", "NASA Ames Research Center", "Apache-2.0"),
    ("scheduling", "europa", "EUROPA 2.1", "NASA Ames Research Center", "NASA Open Source"),
    ("scheduling", "timefold", "Timefold Solver", "Timefold", "Apache-2.0"),
    ("inventory", "isle", "Inventory System for Lab Equipment", "NASA Glenn Research Center", "Apache-2.0"),
    ("inventory", "inventree", "InvenTree", "InvenTree", "MIT"),
    ("inventory", "grocy", "Grocy", "Grocy", "MIT"),
    ("routing", "vroom", "VROOM", "VROOM", "BSD-2-Clause"),
    ("routing", "osrm", "Open Source Routing Machine", "Project OSRM", "BSD-2-Clause"),
    ("text", "mariana", "Mariana text classification", "NASA Ames Research Center", "NASA Open Source"),
    ("text", "tesseract", "Tesseract OCR", "Tesseract OCR", "Apache-2.0"),
    ("text", "libretranslate", "LibreTranslate", "LibreTranslate", "AGPL-3.0"),
    ("data", "edge", "EDGE data gateway", "Jet Propulsion Laboratory", "NASA Open Source"),
    ("data", "openrefine", "OpenRefine", "OpenRefine", "BSD-3-Clause"),
    ("data", "metabase", "Metabase", "Metabase", "AGPL-3.0"),
]
DOES = {"libretranslate": "translate", "tesseract": "read paper", "mariana": "sort letters"}
# what for, packages, GBP each: set-up and half a year of help by a firm that is made up
SUPPORT = [
    ("scheduling", 2, 180),
    ("inventory", 2, 200),
    ("routing", 2, 250),
    ("text", 2, 150),
    ("data", 2, 220),
]
# Food banks that would buy a package by themselves: what for, who, the most it pays, GBP
BUYERS = [
    ("inventory", "salisbury", 310),
    ("inventory", "hertford-district", 270),
    ("inventory", "widnes", 240),
    ("text", "tottenham", 260),
    ("text", "ealing", 205),
    ("text", "shrewsbury", 180),
    ("data", "wandsworth", 300),
    ("data", "finchley", 265),
    ("data", "malvern-hills", 235),
]
# fund (as it stands among the funders), regions it gives to
FUNDS = [
    ("Cambridgeshire Community Foundation", ["East of England"]),
    ("Community Foundation for Surrey", ["South East"]),
    ("Sussex Community Foundation", ["South East"]),
    ("Leeds Community Foundation", ["Yorkshire and The Humber"]),
    ("The London Community Foundation", ["London"]),
    ("Wales Council for Voluntary Action", ["Wales"]),
    ("Devon Community Foundation", ["South West"]),
    ("Heart Of England Community Foundation", ["West Midlands"]),
    ("Herefordshire Community Foundation", ["West Midlands"]),
    ("Lincolnshire Community Foundation", ["East Midlands"]),
    ("Cheshire Community Foundation", ["North West"]),
    ("Community Foundation for Northern Ireland", ["Northern Ireland"]),
    ("Foundation Scotland", ["Scotland"]),
    ("Community Foundation serving Tyne & Wear and Northumberland", ["North East"]),
]
LENDER = ("Coop Foundation", "0.02", 36)  # GBP a year per pound lent, the longest term in months
SHARED_FUND = "The National Lottery Community Fund"  # gives to projects of three or more food banks only

# item, name, tonnes, GBP; then who has how many where
EQUIPMENT = {
    "laptop": ("refurbished laptop", "0.002", 60),
    "freezer": ("upright freezer", "0.07", 80),
    "shelving": ("bay of shelving", "0.04", 25),
}
REUSE = [
    ("birmingham", {"laptop": 6, "shelving": 8}),
    ("croydon", {"laptop": 5}),
    ("glasgow", {"laptop": 3, "shelving": 8}),
    ("peterborough", {"freezer": 2}),
    ("bristol", {"laptop": 3, "freezer": 1}),
]


@dataclass(frozen=True)
class Line:
    """What a project needs: a category of a kind, how much of it, and which skills or what it must do."""

    category: str
    quantity: int
    skills: tuple[str, ...] = ()
    does: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Project:
    """id, owners (first: where it is), what for, its worth (amounts of RATES), money it spends outside of
    this market, and its lines; the grant follows from the others. group : "", "one fund" or "cannot"."""

    id: str
    owners: tuple[str, ...]
    name: str
    purpose: str
    worth: dict[str, int]
    spend: int
    lines: tuple[Line, ...]
    whole: bool = False
    group: str = ""
    why_not: str = ""
    loan_months: int = 0
    until: str = ""
    towns: tuple[str, ...] = field(default=())


def person(role: str, days: int, *skills: str) -> Line:
    return Line(role, days, skills)


def tool(purpose: str, does: str = "", licence: str = "") -> Line:
    return Line(purpose, 1, (), does, licence)


def support(purpose: str) -> Line:
    return Line(f"{purpose}-support", 1)


def thing(item: str, count: int) -> Line:
    return Line(item, count)


PROJECTS = [
    # Ten that are done whole or not at all.
    Project("cold-store", ("peterborough",), "A freezer room by the ring road",
            "Keep frozen ready meals for a month instead of giving them out on the day they come.",
            {"kg": 2200}, 700, (person("food-technologist", 4, "cold chain"), tool("isle"),
            thing("freezer", 1)), whole=True),
    Project("night-rounds", ("hull",), "Bread rounds after closing time",
            "Fetch unsold bread from three bakeries on twenty evenings by the shortest way.",
            {"kg": 2400}, 500, (person("driver", 20, "van"), tool("vroom;osrm")), whole=True),
    Project("scan-in-scan-out", ("brent",), "Every crate scanned",
            "Scan every crate in and out so that nothing runs past its date unseen.",
            {"kg": 900, "h": 120}, 100, (person("ict-analyst", 5, "inventory systems"),
            tool("inventree;grocy"), support("inventory")), whole=True),
    Project("clydeside-hub", ("glasgow-se", "rutherglen-cambuslang"), "One warehouse for two food banks",
            "Run one warehouse for both sides of the Clyde, with shared shifts.",
            {"kg": 2000, "h": 180}, 900, (person("warehouse-manager", 8, "racking"), tool("openspife"),
            thing("shelving", 6)), whole=True),
    Project("recipe-cards", ("west-cheshire",), "Recipe cards for what is in surplus",
            "Print recipe cards for pasta and pulses, checked by a dietitian and sorted by allergy.",
            {"household": 500}, 350, (person("dietitian", 4, "allergies"), tool("mariana", "sort letters"),
            thing("dry-pasta", 100)), whole=True),
    Project("norfolk-rota", ("norwich", "mid-norfolk"), "One rota for Norfolk",
            "Put the shifts of two food banks into one rota so that no session closes for want of hands.",
            {"h": 280}, 150, (person("volunteer-manager", 4, "rotas"), tool("openspife;europa"),
            support("scheduling"), thing("laptop", 2)), whole=True),
    Project("letters-read", ("cardiff",), "Referral letters read by machine",
            "Read referral letters by machine and send each family to the right desk the same day.",
            {"h": 260}, 200, (person("ict-analyst", 6, "document reading"),
            tool("tesseract", "read paper"),
            support("text")), whole=True),
    Project("joint-rounds", ("birmingham-central", "lichfield"), "Joint rounds north of Birmingham",
            "Plan the rounds of two food banks as one, so that no van comes back empty.",
            {"kg": 1300, "h": 90}, 200, (person("logistics-manager", 4, "route planning"),
            tool("vroom;osrm"), support("routing")), whole=True),
    Project("next-month", ("bromley-borough",), "What will be asked for next month",
            "Forecast next month's demand from three years of parcels, and ask for that.",
            {"kg": 1400}, 100, (person("data-analyst", 6, "SQL", "forecasting"),
            tool("metabase;openrefine"), support("data")), whole=True),
    Project("own-van", ("stoke-on-trent",), "A van of our own",
            "Buy a second-hand van on loan and fetch surplus from the farms around every week.",
            {"kg": 5200}, 4200, (person("driver", 12, "van"), tool("vroom;osrm")), whole=True,
            loan_months=24),
    # Five that compete for what the Devon Community Foundation has.
    Project("school-holidays", ("north-bristol-south-gloucestershire",), "Lunch in the holidays",
            "Cook lunch for school children in the two weeks of Easter.",
            {"household": 420, "kg": 600}, 900, (person("food-technologist", 4, "preserving"),
            tool("timefold")), group="one fund"),
    Project("growers-gleaning", ("yeovil",), "Gleaning with the growers",
            "Glean what growers leave in the fields, with a list of who picks where and when.",
            {"kg": 2100}, 1100, (person("fundraiser", 2, "applications"), tool("timefold")),
            group="one fund"),
    Project("moor-van", ("ivybridge-district",), "A stop in every moorland village",
            "Stop once a week in twelve moorland villages that no bus reaches.",
            {"household": 520}, 1300, (person("driver", 12, "van"), tool("vroom;osrm")), group="one fund"),
    Project("community-kitchen", ("newton-abbot-and-teignbridge",), "A kitchen to learn in",
            "Teach households to cook from surplus, with a list of what is on the shelf.",
            {"household": 300, "kg": 700}, 800, (person("fundraiser", 3, "applications"),
            tool("inventree;grocy")), whole=True, group="one fund"),
    Project("harbour-catch", ("st-austell",), "The catch that is too small to sell",
            "Freeze fish that is too small for the market on the day it lands.",
            {"kg": 1900}, 1500, (person("food-technologist", 3, "preserving"),
            tool("metabase;openrefine"), support("data")), group="one fund"),
    # Five that cannot be done with what is offered.
    Project("bwyd-da", ("brecon",), "Healthy food, in Welsh",
            "Give advice on diet in Welsh to families in the Beacons.",
            {"household": 400}, 200, (person("dietitian", 3, "Welsh"), tool("libretranslate", "translate")),
            group="cannot", why_not="no dietitian speaks Welsh"),
    Project("night-market", ("aylesbury",), "A night market of what shops could not sell",
            "Fetch what shops could not sell and give it out the same night.",
            {"kg": 2600}, 300, (person("driver", 15, "van"), tool("vroom;osrm")),
            group="cannot", why_not="no driver with a van lives near"),
    Project("antrim-store", ("antrim",), "A store at the ferry",
            "Rent a store at the port so that lorries from Scotland can unload at any hour.",
            {"kg": 5200}, 5200, (person("logistics-manager", 3, "route planning"), tool("inventree;grocy")),
            whole=True, group="cannot", why_not="the only fund that gives there has less than it costs"),
    Project("own-translator", ("bradford-north",), "Leaflets in Urdu from our own machine",
            "Translate leaflets on a machine of its own, with a tool whose licence lets it be built in.",
            {"household": 380}, 250, (person("mentor", 5, "Urdu"), tool("text", "translate", "MIT")),
            group="cannot", why_not="the one tool that translates has another licence"),
    Project("before-easter", ("alnwick-district",), "Twenty new volunteers before Easter",
            "Find and train twenty volunteers by the end of March.",
            {"h": 240}, 150, (person("volunteer-manager", 4, "rotas"), tool("timefold")),
            until="2026-03-31", group="cannot", why_not="the only manager near is free from April on"),
    # Fourteen more, in full or in part.
    Project("nappy-shelf", ("wokingham",), "A nappy shelf by size",
            "Sort nappies by size and send what is over to the next food bank.",
            {"kg": 700, "h": 40}, 80, (person("warehouse-worker", 10, "sorting"), tool("inventree;grocy"))),
    Project("new-arrivals", ("crawley",), "A welcome for new arrivals",
            "Welcome families from Ukraine in their language, and show them round.",
            {"household": 180}, 120, (person("volunteer-manager", 3, "Ukrainian"),
            tool("libretranslate", "translate"))),
    Project("polish-labels", ("boston",), "Labels in Polish",
            "Label shelves and allergens in Polish for the families of field workers.",
            {"household": 240}, 60, (person("mentor", 4, "Polish"), tool("libretranslate", "translate"))),
    Project("allergy-shelf", ("kingston",), "A shelf for allergies",
            "Keep a shelf free of nuts and gluten that has been inspected.",
            {"household": 260}, 150, (person("food-safety", 3, "inspection"), tool("inventree;grocy"),
            support("inventory"))),
    Project("open-figures", ("sutton",), "Figures on the wall",
            "Show every evening what came in and what went out, for volunteers and donors.",
            {"h": 110}, 40, (person("data-analyst", 3, "SQL"), tool("metabase;openrefine"),
            support("data"))),
    Project("dales-drop", ("skipton",), "Drops in the Dales",
            "Bring parcels to nine villages in the Dales on one round a week.",
            {"household": 230}, 300, (person("driver", 10, "van"), tool("vroom;osrm"), support("routing"))),
    Project("pets-too", ("eastbourne",), "Pets too",
            "Give pet food with the parcel, so that nobody feeds a dog from a child's plate.",
            {"kg": 500, "household": 90}, 60,
            (person("warehouse-worker", 8, "sorting"), tool("inventree;grocy"))),
    Project("farm-gate", ("market-drayton",), "From the farm gate",
            "Check and weigh eggs and vegetables at the farm gate, so that farms may give them.",
            {"kg": 1500}, 250, (person("food-safety", 5, "inspection"), tool("inventree;grocy"),
            support("inventory"))),
    Project("debt-desk", ("merthyr-cynon",), "A debt desk beside the food",
            "Sit down with families about debt while the parcel is packed.",
            {"household": 310}, 180, (person("mentor", 10, "debt advice"), tool("metabase;openrefine"))),
    Project("winter-seaside", ("fylde",), "Winter at the seaside",
            "Carry the food bank through the months in which hotels lay people off.",
            {"kg": 900, "h": 30}, 250, (person("warehouse-worker", 8, "sorting"), tool("europa"),
            thing("tea", 60), thing("biscuits", 60))),
    Project("heath-logistics", ("woking", "farnborough", "hart"), "Three stores, one stock",
            "See the stock of three food banks as one, and move it before it is asked for.",
            {"kg": 1700, "h": 100}, 300, (person("logistics-manager", 5, "route planning"),
            tool("vroom;osrm"), support("routing"))),
    Project("open-data", ("epsom-and-ewell", "cobham-area"), "What is short, published every day",
            "Publish what is short each morning in a form that shops and other food banks can read.",
            {"kg": 1100, "h": 60}, 50,
            (person("data-analyst", 5, "SQL"), tool("edge;openrefine", "", "BSD-3-Clause"))),
    Project("racking", ("rugby",), "Racking to the roof",
            "Stack pallets three high in the same hall instead of renting a second one.",
            {"kg": 800, "h": 50}, 150, (person("warehouse-manager", 4, "racking"),
            tool("inventree;grocy"))),
    Project("highland-line", ("a-helping-hand-in-the-highlands",), "The line to the Highlands",
            "Drive the lorry's goods on to six villages beyond Alness, on days that are planned ahead.",
            {"household": 330}, 420, (person("driver", 12, "van"), tool("europa"), thing("cereal", 80))),
]  # fmt: skip
