"""Small files of other worlds, written by hand."""

from __future__ import annotations

from pathlib import Path

ELECTION = """META
key;value
description;Town budget
unit;Town
num_projects;3
num_votes;3
budget;100
vote_type;approval
rule;greedy
date_end;21.04.2023
currency;PLN
PROJECTS
project_id;cost;votes;name;neighborhood
7;60;3;"Park; with benches";North
8;50;2;Trees;North
9;50;2;Well;South
VOTES
voter_id;vote
1;7,8
2;7,9
3;7,8,9
"""

BUSES = "name,x,y,country\nwest,7.0,51.0,DE\neast,13.0,52.0,DE\nnorth,10.0,54.0,DE\n"
NETWORK = {
    "network.csv": "name\nthree buses\n",
    "snapshots.csv": ",snapshot,objective\n0,2011-01-01 00:00:00,1.0\n1,2011-01-01 01:00:00,1.0\n",
    "buses.csv": BUSES,
    "generators.csv": "name,bus,p_nom,marginal_cost,carrier\nwind,north,100,1.0,Wind\ncoal,west,99,30,Coal\n",
    "generators-p_max_pu.csv": ",wind\n0,0.5\n1,1.0\n",
    "loads.csv": "name,bus\ntown,east\nvillage,north\n",
    "loads-p_set.csv": ",town,village\n0,40.0,10.0\n1,70.0,20.0\n",
    "lines.csv": "name,bus0,bus1,s_nom,s_max_pu,length\na,north,east,40,0.5,300\nb,west,east,60.0,,400\n",
}
"""Hour 0: wind 50 at 1 in the north, of which the village takes 10 and line a carries 20 to the town's 40;
coal in the west gives the other 20 at 30. So the town's price is 30, the north's 1, line a's rent 29."""

NETWORK_LD = """{"@context": ["https://w3id.org/valueflows/"],
 "@graph": [
  {"@id": "https://farm.example/", "@type": "Organization", "name": "Hill Farm",
   "primaryLocation": "place:hill"},
  {"@id": "place:hill", "@type": "SpatialThing", "name": "Hill", "lat": 52.0, "long": 5.0},
  {"@id": "place:town", "@type": "SpatialThing", "name": "Town", "lat": 52.1, "long": 5.1},
  {"@id": "spec:carrots", "@type": "ResourceSpecification", "name": "Carrots"},
  {"@id": "p:1", "@type": "Proposal", "purpose": "offer", "hasBeginning": "2026-03-01T00:00:00-05:00",
   "hasEnd": "2026-03-31T00:00:00-05:00", "publishes": ["i:1"], "reciprocal": [
    {"@type": "Intent", "action": "transfer", "receiver": "https://farm.example/",
     "resourceQuantity": {"om2:hasUnit": "om2:euro", "om2:hasNumericalValue": 18}}]},
  {"@id": "i:1", "@type": "vf:Intent", "vf:action": "transfer", "provider": "https://farm.example/",
   "resourceConformsTo": "spec:carrots",
   "resourceQuantity": {"hasUnit": "om2:kilogram", "hasNumericalValue": 12}},
  {"@id": "p:2", "@type": "Proposal", "purpose": "request", "publishes": [
    {"@id": "i:2", "@type": "Intent", "action": "transfer", "receiver": "urn:school",
     "atLocation": "place:town",
     "resourceConformsTo": "spec:carrots", "due": "2026-03-15",
     "resourceQuantity": {"hasUnit": "om2:gram", "hasNumericalValue": 5000}}],
   "reciprocal": [{"@id": "i:3", "@type": "Intent", "action": "transfer", "provider": "urn:school",
     "resourceConformsTo": "wd:Q4916", "resourceQuantity": {"hasUnit": "om2:one", "hasNumericalValue": 10}}]}
]}
"""
"""Carrots: 12 kg for 18 euro at Hill, 5,000 g for 10 euro wanted in Town: 1.50 asked and 2.00 paid per kg."""


def write_network(folder: Path, **changed: str) -> Path:
    """The network of three buses in `folder`; a keyword `lines` stands for the file lines.csv."""
    folder.mkdir(exist_ok=True)
    for name, text in (NETWORK | {f"{name}.csv": text for name, text in changed.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
