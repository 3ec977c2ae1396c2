/* Time of a standalone board support package: the board model's clock runs meanwhile. */
#pragma once

int usleep(unsigned long Microseconds);
