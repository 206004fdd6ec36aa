"""Room `proof`: ClearingProblem + Solution -> Certificate, and the stand-alone verifier. Imports no engine.

Weak duality (DESIGN section 3): for any duals pi and mu, no allocation is worth more than

    sum_n max(l_n pi_n, u_n pi_n) + sum_k max(L_k mu_k, U_k mu_k)
      + sum_a cap_a max(0, w_a - pi_head + pi_tail - sum_k g_ka mu_k)
      + sum_p max(0, V_p + sum_n d_np pi_n - sum_k h_kp mu_k)

recomputed here in exact integers, so that the verdict is the same on any machine.
"""

from fourflow.proof._binding import Binding
from fourflow.proof._certificate import Certificate
from fourflow.proof._certify import certify
from fourflow.proof._losses import Losses, losses, room_for_rounding
from fourflow.proof._write import write_certificate

__all__ = ["Binding", "Certificate", "Losses", "certify", "losses", "room_for_rounding", "write_certificate"]
