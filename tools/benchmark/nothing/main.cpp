// Starts and ends: the least that a program takes which is linked as jireloc is and has the streams of C++.
#include <iostream>

int main() {
  return std::cout.good() ? 0 : 1;
}
